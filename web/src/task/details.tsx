import type { TaskRecord } from '../api/types.js';
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
    ['Created', dateAndTime(task.createdAt)],
    ['Task', task.taskId],
    ['Position', task.position],
  ];
  return (
    <dl className="details">
      {rows.map(([name, value]) => (
        <div key={name}>
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
