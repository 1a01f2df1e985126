import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { TaskExecutor, type ExecutedOnTask } from './task-executor.js';
import type { FailureCode } from '../events/failure-codes.js';
import type { CommandContext } from './command-context.js';

/** Somebody saw that a session that was ready has ended, mostly with its agent. */
export class ReportDeadSessionCommand {
  constructor(
    readonly taskId: string,
    readonly sessionId: string,
    readonly context: CommandContext,
    /** That the agent has ended, when absent. */
    readonly failure?: { readonly code: FailureCode; readonly reason: string },
  ) {}
}

@CommandHandler(ReportDeadSessionCommand)
export class ReportDeadSessionHandler implements ICommandHandler<ReportDeadSessionCommand, ExecutedOnTask> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ taskId, sessionId, context, failure }: ReportDeadSessionCommand): Promise<ExecutedOnTask> {
    return this.executor.execute(
      taskId,
      { type: 'ReportDeadSession', sessionId, failure, at: this.clock.now().toISOString() },
      context,
    );
  }
}
