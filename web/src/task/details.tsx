import type { TaskRecord } from '@slipway/client';
import { dateAndTime } from './format.js';

/** What a task consists of. */
export function Details({ task }: { task: TaskRecord }) {
  const rows: readonly (readonly [string, string | null])[] = [
    ['Prompt', task.task],
    ['Repository', task.repoRemote],
    ['Starts from', task.onBranch ?? 'the default branch'],
    ['Provider', task.providerId],
    ['Agent', task.agentType],
    ['Sandbox', task.sandboxPath ?? task.sandboxId],
    ...task.notices.map((notice) => ['Notice', notice] as const),
    ...(task.kept ? [['Kept', keptText(task.kept)] as const] : []),
    ['Created', dateAndTime(task.createdAt)],
    ['Task', task.taskId],
    ['Position', task.position],
  ];
  return (
    <dl className="details">
      {rows.map(([name, value], index) => (
        <div key={index}>
          <dt>{name}</dt>
          {/* Long prompts scroll, also by keyboard. */}
          <dd tabIndex={name === 'Prompt' ? 0 : undefined}>
            {value ?? <span className="none">none yet</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Which refs hold what outlived the sandbox; how many more there are is in the number. */
function keptText({ where, count, refs }: NonNullable<TaskRecord['kept']>): string {
  if (count === 0) return 'nothing: there was no work';
  const shown = refs.slice(0, 5).map(({ name, commit }) => `${name} (${commit.slice(0, 10)})`);
  const more = count > shown.length ? ` and ${count - shown.length} more` : '';
  return `${shown.join(', ')}${more}, in ${where}`;
}
