import type { LogSource } from '@slipway/client';
import { useEffect, useRef, useState } from 'react';
import { reasonOf } from '../api/api.js';
import { connection } from '../live/live.js';
import { useBoxAtEnd } from './box-at-end.js';
import { Notice } from '../ui/notice.js';
import { MOST_LINES, withLines } from './log-lines.js';

const SOURCES: readonly { readonly source: LogSource; readonly label: string; readonly none: string }[] = [
  { source: 'agent', label: 'Agent', none: 'The agent has written nothing on standard error.' },
  { source: 'setup', label: 'Setup', none: 'Nothing of a setup is kept here.' },
  { source: 'sandbox', label: 'Sandbox', none: 'The sandbox has put out nothing, or is gone.' },
];
/** Lines that come in so short a time, in milliseconds, are shown together. */
const FRAME_MS = 100;

/** What the programs of a task's sandbox put out, while it is shown. */
export function LogsView({ taskId }: { readonly taskId: string }) {
  const [source, setSource] = useState<LogSource>('agent');
  return (
    <div className="logs">
      <div className="log-sources" role="group" aria-label="Which log">
        {SOURCES.map((each) => (
          <button
            key={each.source}
            type="button"
            aria-pressed={each.source === source}
            onClick={() => setSource(each.source)}
          >
            {each.label}
          </button>
        ))}
      </div>
      <Log key={`${taskId} ${source}`} taskId={taskId} source={source} />
    </div>
  );
}

function Log({ taskId, source }: { readonly taskId: string; readonly source: LogSource }) {
  const { lines, error } = useLog(taskId, source);
  const box = useRef<HTMLPreElement>(null);
  useBoxAtEnd(box, lines);
  if (error !== undefined) return <Notice title="The log cannot be followed">{reasonOf(error)}</Notice>;
  if (lines.length === 0) return <p className="quiet">{SOURCES.find((e) => e.source === source)!.none}</p>;
  return (
    <>
      {lines.length === MOST_LINES && <p className="quiet">The last {MOST_LINES} lines.</p>}
      <pre ref={box} className="log" tabIndex={0} aria-label={`Log: ${source}`}>
        {lines.join('\n')}
      </pre>
    </>
  );
}

function useLog(taskId: string, source: LogSource): { lines: readonly string[]; error: unknown } {
  const [seen, setSeen] = useState<{ lines: readonly string[]; error: unknown }>({
    lines: [],
    error: undefined,
  });
  useEffect(() => {
    let lines: readonly string[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const change = (next: readonly string[]) => {
      lines = next;
      timer ??= setTimeout(() => {
        timer = undefined;
        setSeen({ lines, error: undefined });
      }, FRAME_MS);
    };
    const following = connection.followLog(taskId, source, {
      lines: (more) => change(withLines(lines, more)),
      reset: () => change([]),
      refused: (error) => setSeen({ lines, error }),
    });
    return () => {
      clearTimeout(timer);
      following.stop();
    };
  }, [taskId, source]);
  return seen;
}
