import type { TaskEvent } from '../events/task/task-events.js';
import type { Task } from '../events/task/task-state.js';
import type { Stage } from '../events/task/vocabulary.js';
import { CommandRefusedError } from './command-refused.js';

/* What people ask of a task as a whole: again, away, back, gone. A part of the decider, as pure as the rest. */

export function retry(task: Task, at: string): TaskEvent[] {
  if (task.status === 'error' && task.error)
    return [{ type: 'RetryRequested', data: { stage: task.error.stage, at } }];
  if (task.stage !== null) return [];
  throw new CommandRefusedError(
    'not_retryable',
    `The task is ${task.status}; only a task in error can be retried.`,
  );
}

export function archive(task: Task, at: string): TaskEvent[] {
  // What was only to sleep is archived for good.
  const sleeps = (task.lifecycle?.asleep ?? null) !== null;
  if (!sleeps && (task.status === 'archiving' || task.status === 'archived')) return [];
  if (task.status === 'killing' || task.status === 'killed' || task.error?.stage === 'destroy_sandbox') {
    throw new CommandRefusedError(
      'not_archivable',
      `The task is ${task.status}; what was killed cannot be archived.`,
    );
  }
  return [{ type: 'ArchiveRequested', data: { at } }];
}

/**
 * An archived task goes on: with a new agent in the sandbox that was kept, or, where it had none yet, from the beginning.
 * `RetryRequested` is what wakes the saga, whose group takes no further types of events.
 */
export function resume(task: Task, at: string): TaskEvent[] {
  if (task.status === 'archived' || task.status === 'sleeping') {
    const stage = resumedAt(task);
    return [
      { type: 'RetryRequested', data: { stage, at } },
      { type: 'ResumeRequested', data: { at } },
    ];
  }
  if (task.status === 'running' || task.status.startsWith('init_')) return [];
  throw new CommandRefusedError('not_resumable', whyNotResumable(task));
}

/** A setup that had not ended when the task was archived is run before the agent starts. */
function resumedAt({ sandboxId, setup }: Task): Stage {
  if (sandboxId === null) return 'ensure_name';
  return setup === null || setup.state === 'done' ? 'ensure_agent' : 'run_setup';
}

function whyNotResumable({ status, error }: Task): string {
  if (status === 'archiving') return 'The task is still being archived; ask again when it is archived.';
  if (status === 'error' && error?.stage !== 'destroy_sandbox')
    return 'The task is in error, which retry goes on from; only an archived task can be resumed.';
  return 'The task was killed, and nothing is left of it; create a new task.';
}

export function kill(task: Task, keepBranch: boolean, at: string): TaskEvent[] {
  if (task.status === 'killing' || task.status === 'killed') return [];
  return [{ type: 'KillRequested', data: { keepBranch, at } }];
}
