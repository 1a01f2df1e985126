import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { InFlight } from '../platform/in-flight.js';
import { TaskExecutor, type ExecutedOnTask } from './task-executor.js';
import type { CommandContext } from './command-context.js';

/** Releases the sandbox and keeps its files. */
export class ArchiveTaskCommand {
  constructor(
    readonly taskId: string,
    readonly context: CommandContext,
  ) {}
}

@CommandHandler(ArchiveTaskCommand)
export class ArchiveTaskHandler implements ICommandHandler<ArchiveTaskCommand, ExecutedOnTask> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(InFlight) private readonly inFlight: InFlight,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ taskId, context }: ArchiveTaskCommand): Promise<ExecutedOnTask> {
    const executed = await this.executor.execute(
      taskId,
      { type: 'Archive', at: this.clock.now().toISOString() },
      context,
    );
    if (executed.events.length > 0) this.inFlight.abort(taskId, 'the task is being archived');
    return executed;
  }
}
