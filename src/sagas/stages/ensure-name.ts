import type { Task } from '../../events/task/task-state.js';
import { ProviderError } from '../../events/provider-error.js';
import { MAX_CANDIDATES, branchCandidate, titleOf } from './naming.js';
import type { StageEffect, StageTools } from './stage-effect.js';

/** Gives the task its title and reserves its branch. */
export const ensureName: StageEffect<'ensure_name'> = async (task, tools) => {
  await tools.provider.nameSandbox?.(task.taskId, tools.signal);
  const title = titleOf(task);
  const branchName =
    task.branchWish === null
      ? await chooseBranch(task, title, tools)
      : await claimBranch(task, task.branchWish, tools);
  return { stage: 'ensure_name', title, branchName };
};

async function claimBranch(task: Task, wish: string, { branches, context }: StageTools): Promise<string> {
  const inTheWay = await branches.reserveWish(task, wish, context);
  if (inTheWay === null) return wish;
  const why =
    inTheWay === wish
      ? `Branch ${wish} belongs to another task of this project`
      : `Branch ${wish} cannot be beside ${inTheWay}, which belongs to another task of this project`;
  throw new ProviderError('branch_taken', `${why}; create a task with another branchName, or with none.`, {
    retryable: false,
  });
}

async function chooseBranch(
  task: Task,
  title: string,
  { branches, context, signal }: StageTools,
): Promise<string> {
  for (let n = 1; n <= MAX_CANDIDATES; n++) {
    signal.throwIfAborted();
    const candidate = branchCandidate(title, task.taskId, n);
    if (task.takenBranches.includes(candidate)) continue;
    if ((await branches.reserve(task, candidate, context)) === null) return candidate;
  }
  throw new ProviderError(
    'branch_taken',
    `All ${MAX_CANDIDATES} branch names for "${title}" are taken; give a branchName.`,
    { retryable: false },
  );
}
