import type { TaskRecord } from '@slipway/client';
import { useEffect, useState } from 'react';
import { visibleLines } from '../../../src/platform/visible-text.js';
import { AuditLink } from '../access/audit-link.js';
import { api } from '../api/api.js';
import { CopyButton } from '../ui/copy-button.js';
import { dateAndTime } from './format.js';

/** So often is asked what a setup that runs has put out. */
const SETUP_EVERY_MS = 1_000;

/** What a task consists of. */
export function Details({ task, past }: { task: TaskRecord; past: boolean }) {
  const output = useSetupOutput(task, past);
  const rows: readonly (readonly [name: string, value: string | null, isCopied?: true])[] = [
    ['Prompt', task.task, true],
    ['Repository', task.repoRemote, true],
    ['Starts from', task.onBranch ?? 'the default branch'],
    ['Provider', task.providerId],
    ['Agent', task.agentType],
    ['Sandbox', task.sandboxPath ?? task.sandboxId, true],
    ...task.notices.map((notice) => ['Notice', notice] as const),
    ...(task.setup ? [['Setup', setupText(task.setup, output)] as const] : []),
    ...(task.env.length > 0 ? [['Variables', task.env.join(', ')] as const] : []),
    ...(task.kept ? [['Kept', keptText(task.kept)] as const] : []),
    ['Created', dateAndTime(task.createdAt)],
    ['Task', task.taskId, true],
    ['Position', task.position],
  ];
  return (
    <>
      <dl className="details">
        {rows.map(([name, value, isCopied], index) => (
          <div key={index}>
            <dt>{name}</dt>
            {/* Long prompts scroll, also by keyboard. */}
            <dd tabIndex={name === 'Prompt' || name === 'Setup' ? 0 : undefined}>
              {value ?? <span className="none">none yet</span>}
              {isCopied && value !== null && <CopyButton text={value} what={`the ${name.toLowerCase()}`} />}
            </dd>
          </div>
        ))}
      </dl>
      <AuditLink workspace={task.workspaceId} subject={task.taskId} />
    </>
  );
}

/** What the setup that runs has put out so far; null where none runs. */
function useSetupOutput({ taskId, setup }: TaskRecord, past: boolean): string | null {
  const [output, setOutput] = useState<string | null>(null);
  const isRunning = setup?.state === 'running' && !past;
  useEffect(() => {
    if (!isRunning) return setOutput(null);
    const over = new AbortController();
    const look = () =>
      // What fails is asked again.
      void api.getSetupOutput(taskId, { signal: over.signal }).then(
        (seen) => over.signal.aborted || setOutput(seen.output),
        () => undefined,
      );
    look();
    const timer = setInterval(look, SETUP_EVERY_MS);
    return () => {
      clearInterval(timer);
      over.abort();
    };
  }, [taskId, isRunning]);
  return output;
}

const SETUP_FROM = {
  task: 'given with the task',
  project: "of the project's settings",
  repository: '.slipway/setup.sh of the repository',
} as const;

/** Where it is from and what came of it, then the end of its output, as it stands. */
function setupText(setup: NonNullable<TaskRecord['setup']>, soFar: string | null): string {
  const { source, state } = setup;
  const output = setup.output ?? soFar;
  const from = SETUP_FROM[source];
  return `${from}: ${state}${output ? `\n${visibleLines(output)}` : ''}`;
}

/** Which refs hold what outlived the sandbox; how many more there are is in the number. */
function keptText({ where, count, refs }: NonNullable<TaskRecord['kept']>): string {
  if (count === 0) return 'nothing: there was no work';
  const shown = refs.slice(0, 5).map(({ name, commit }) => `${name} (${commit.slice(0, 10)})`);
  const more = count > shown.length ? ` and ${count - shown.length} more` : '';
  return `${shown.join(', ')}${more}, in ${where}`;
}
