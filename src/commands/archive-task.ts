import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { InFlight } from '../platform/in-flight.js';
import { WorkGuard } from './work-guard.js';
import { TaskExecutor, type ExecutedOnTask, type CommandContext } from './executor.js';

/** Releases the sandbox and keeps its files. */
export class ArchiveTaskCommand {
  constructor(
    readonly taskId: string,
    /** Whether whoever asks knows that there is work on no remote; it stays with the sandbox's files. */
    readonly isKnown: boolean,
    readonly context: CommandContext,
  ) {}
}

@CommandHandler(ArchiveTaskCommand)
export class ArchiveTaskHandler implements ICommandHandler<ArchiveTaskCommand, ExecutedOnTask> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(WorkGuard) private readonly guard: WorkGuard,
    @Inject(InFlight) private readonly inFlight: InFlight,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ taskId, isKnown, context }: ArchiveTaskCommand): Promise<ExecutedOnTask> {
    if (!isKnown) await this.guard.check(taskId, context, 'archive');
    const executed = await this.executor.execute(
      taskId,
      { type: 'Archive', at: this.clock.now().toISOString() },
      context,
    );
    if (executed.events.length > 0) this.inFlight.abort(taskId, 'the task is being archived');
    return executed;
  }
}
