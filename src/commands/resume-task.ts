import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { TaskExecutor, type ExecutedOnTask, type CommandContext } from './executor.js';

/** Brings an archived task back: the same sandbox, and an agent that takes its sessions up again. */
export class ResumeTaskCommand {
  constructor(
    readonly taskId: string,
    readonly context: CommandContext,
  ) {}
}

@CommandHandler(ResumeTaskCommand)
export class ResumeTaskHandler implements ICommandHandler<ResumeTaskCommand, ExecutedOnTask> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ taskId, context }: ResumeTaskCommand): Promise<ExecutedOnTask> {
    return this.executor.execute(taskId, { type: 'Resume', at: this.clock.now().toISOString() }, context);
  }
}
