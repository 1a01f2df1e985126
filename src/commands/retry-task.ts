import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { TaskExecutor, type ExecutedOnTask, type CommandContext } from './executor.js';

/** Goes on from the failed stage, with its attempts counted anew. */
export class RetryTaskCommand {
  constructor(
    readonly taskId: string,
    readonly context: CommandContext,
  ) {}
}

@CommandHandler(RetryTaskCommand)
export class RetryTaskHandler implements ICommandHandler<RetryTaskCommand, ExecutedOnTask> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ taskId, context }: RetryTaskCommand): Promise<ExecutedOnTask> {
    return this.executor.execute(taskId, { type: 'Retry', at: this.clock.now().toISOString() }, context);
  }
}
