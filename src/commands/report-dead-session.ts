import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { TaskExecutor, type Executed } from './task-executor.js';
import { ReportDeadSessionCommand } from './report-dead-session.command.js';

@CommandHandler(ReportDeadSessionCommand)
export class ReportDeadSessionHandler implements ICommandHandler<ReportDeadSessionCommand, Executed> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ taskId, sessionId, context, failure }: ReportDeadSessionCommand): Promise<Executed> {
    return this.executor.execute(
      taskId,
      { type: 'ReportDeadSession', sessionId, failure, at: this.clock.now().toISOString() },
      context,
    );
  }
}
