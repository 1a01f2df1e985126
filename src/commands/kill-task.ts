import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { InFlight } from '../platform/in-flight.js';
import { WorkGuard } from './work-guard.js';
import { TaskExecutor, type ExecutedOnTask, type CommandContext } from './executor.js';

/** Destroys everything that the task has, in whatever state it is. */
export class KillTaskCommand {
  constructor(
    readonly taskId: string,
    readonly keepBranch: boolean,
    /** Whether whoever asks knows that work may be lost. */
    readonly discardChanges: boolean,
    readonly context: CommandContext,
  ) {}
}

@CommandHandler(KillTaskCommand)
export class KillTaskHandler implements ICommandHandler<KillTaskCommand, ExecutedOnTask> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(WorkGuard) private readonly guard: WorkGuard,
    @Inject(InFlight) private readonly inFlight: InFlight,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(command: KillTaskCommand): Promise<ExecutedOnTask> {
    const { taskId, keepBranch, discardChanges, context } = command;
    if (!keepBranch && !discardChanges) await this.guard.check(taskId, context, 'kill');
    const executed = await this.executor.execute(
      taskId,
      { type: 'Kill', keepBranch, at: this.clock.now().toISOString() },
      context,
    );
    if (executed.events.length > 0) this.inFlight.abort(taskId, 'the task is being killed');
    return executed;
  }
}
