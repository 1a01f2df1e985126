import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Task } from '../../events/task/task-state.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { ProviderError } from '../../providers/sandbox-provider.js';
import { StageRunner } from './stage-runner.js';
import { BranchReservations } from './branch-reservations.js';
import { EnsureName } from './ensure-name.command.js';
import { MAX_CANDIDATES, branchCandidate, titleOf } from './naming.js';

@CommandHandler(EnsureName)
export class EnsureNameHandler implements ICommandHandler<EnsureName> {
  constructor(
    @Inject(StageRunner) private readonly stages: StageRunner,
    @Inject(BranchReservations) private readonly branches: BranchReservations,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
  ) {}

  execute(command: EnsureName): Promise<void> {
    return this.stages.runStage(command, 'ensure_name', async (task, signal) => {
      await this.providers.get(task.providerId).nameSandbox?.(task.taskId, signal);
      const title = titleOf(task);
      const branchName = await this.reserve(task, title, command, signal);
      return { stage: 'ensure_name', title, branchName };
    });
  }

  private async reserve(
    task: Task,
    title: string,
    { context }: EnsureName,
    signal: AbortSignal,
  ): Promise<string> {
    const { branchWish } = task;
    if (branchWish !== null) {
      const inTheWay = await this.branches.reserveWish(task, branchWish, context);
      if (inTheWay === null) return branchWish;
      const why =
        inTheWay === branchWish
          ? `Branch ${branchWish} belongs to another task of this project`
          : `Branch ${branchWish} cannot be beside ${inTheWay}, which belongs to another task of this project`;
      throw new ProviderError(
        'branch_taken',
        `${why}; create a task with another branchName, or with none.`,
        { retryable: false },
      );
    }
    for (let n = 1; n <= MAX_CANDIDATES; n++) {
      signal.throwIfAborted();
      const candidate = branchCandidate(title, task.taskId, n);
      if (task.takenBranches.includes(candidate)) continue;
      if ((await this.branches.reserve(task, candidate, context)) === null) return candidate;
    }
    throw new ProviderError(
      'branch_taken',
      `All ${MAX_CANDIDATES} branch names for "${title}" are taken; give a branchName.`,
      {
        retryable: false,
      },
    );
  }
}
