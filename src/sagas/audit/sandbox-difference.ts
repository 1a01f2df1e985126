import type { Task } from '../../events/task/task-state.js';
import type { SandboxListing } from '../../providers/sandbox-provider.js';

/** How what a provider has differs from what the events say. */
export type SandboxDifference =
  /** No live task owns it: its task was killed, is unknown, or lives at another provider. */
  | 'orphan'
  /** Its task is archived, yet its processes run. */
  | 'still_running'
  /** The events say that it was made; the provider does not have it. */
  | 'missing'
  /** Nobody is at work on it any more, and it was never finished. */
  | 'half_made'
  /** It was finished after its task had given up on it; a retry will find it. */
  | 'unrecorded'
  /** The events know the task's sandbox by another name. */
  | 'other_sandbox'
  /** Its task is running, its processes are not. */
  | 'not_running';

/** What each difference means, and what to do about it. */
export const DIFFERENCE_TEXT: Record<SandboxDifference, string> = {
  orphan: 'no live task owns it; reap removes it',
  still_running: 'its task is archived, yet its processes run; reap stops them',
  missing: 'its task has it in its events, the provider does not; kill the task',
  half_made: 'never finished; retry or kill its task',
  unrecorded: 'finished after its task had given up; retry or kill the task',
  other_sandbox: 'its task knows another sandbox id; kill the task',
  not_running: 'its task is running, its processes are not; see the task’s sessions',
};

/**
 * The difference between a task (null: there is none) and what the provider lists for its id (undefined:
 * nothing), or null when they agree or the task is just at work on its sandbox.
 */
export function sandboxDifference(
  providerId: string,
  task: Task | null,
  listing: SandboxListing | undefined,
): SandboxDifference | null {
  if (task === null || task.status === 'killed' || task.providerId !== providerId)
    return listing === undefined ? null : 'orphan';
  // Whatever is left is being removed, or will be by a retry.
  if (task.status === 'killing' || task.error?.stage === 'destroy_sandbox') return null;
  if (task.sandboxId === null) return beforeItIsMade(task, listing);
  if (listing === undefined) return 'missing';
  if (!listing.complete) return 'half_made';
  if (listing.sandboxId !== task.sandboxId) return 'other_sandbox';
  if (isStopped(task) && listing.running) return 'still_running';
  return task.status === 'running' && !listing.running ? 'not_running' : null;
}

function beforeItIsMade(task: Task, listing: SandboxListing | undefined): SandboxDifference | null {
  if (listing === undefined) return null;
  if (isStopped(task) && listing.running) return 'still_running';
  if (task.status !== 'error' && !isStopped(task)) return null;
  return listing.complete ? 'unrecorded' : 'half_made';
}

/** Whether the task keeps its sandbox, and nothing runs in it. */
export const isStopped = ({ status }: Pick<Task, 'status'>): boolean =>
  status === 'archived' || status === 'sleeping';
