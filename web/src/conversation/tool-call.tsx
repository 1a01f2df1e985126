import { lazy, Suspense, useState } from 'react';
import type { ToolCall } from './conversation.js';
import { Otherwise } from './rich-text.js';
import { toolKind } from './words.js';

const DiffView = lazy(() => import('./diff-view.js'));

const STATUS: Record<ToolCall['status'], string> = {
  pending: 'waiting',
  in_progress: 'under way',
  completed: 'done',
  failed: 'failed',
};

/** A tool call in one line; what it did unfolds. */
export function ToolCallView({ call }: { call: ToolCall }) {
  const [open, setOpen] = useState(false);
  const hasMore = call.content.length > 0 || call.locations.length > 0;
  const line = (
    <>
      <span className="tool-mark" aria-hidden="true" />
      <span className="tool-kind">{toolKind(call.kind)}</span>
      <span className="tool-title" dir="auto">
        {call.title || call.toolCallId}
      </span>
      <span className="tool-status">{STATUS[call.status]}</span>
    </>
  );
  if (!hasMore)
    return (
      <div className="tool" data-status={call.status}>
        <div className="tool-line">{line}</div>
      </div>
    );
  return (
    <details
      className="tool"
      data-status={call.status}
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="tool-line">{line}</summary>
      {open && <ToolContent call={call} />}
    </details>
  );
}

/** What a tool call shows: texts, changes of files, places. */
export function ToolContent({ call: { content, locations, title } }: { call: ToolCall }) {
  const diffs = content.flatMap((part) => (part.type === 'diff' ? [part.path ?? ''] : []));
  const places = locations.filter(({ path }) => !diffs.includes(path));
  return (
    <div className="tool-content">
      {places.length > 0 && (
        <p className="places">
          {places.map(({ path, line }) => (line === undefined ? path : `${path}:${line}`)).join(', ')}
        </p>
      )}
      {content.map((part, index) =>
        part.type === 'diff' ? (
          <Diff
            key={index}
            path={part.path ?? ''}
            oldText={part.oldText ?? null}
            newText={part.newText ?? ''}
          />
        ) : (
          <pre key={index} tabIndex={0} dir="auto" aria-label={`Output of ${title}`}>
            {part.type === 'text' ? part.text : `Terminal ${part.terminalId}`}
          </pre>
        ),
      )}
    </div>
  );
}

function Diff(diff: { path: string; oldText: string | null; newText: string }) {
  const plain = (
    <pre
      tabIndex={0}
      dir="ltr"
      aria-label={`New text of ${diff.path}`}
    >{`${diff.path}\n\n${diff.newText}`}</pre>
  );
  return (
    <Otherwise show={plain}>
      <Suspense fallback={plain}>
        <DiffView path={diff.path} oldText={diff.oldText} newText={diff.newText} />
      </Suspense>
    </Otherwise>
  );
}
