import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { TaskExecutor, type Executed } from './task-executor.js';
import { GiveUp } from './give-up.command.js';

@CommandHandler(GiveUp)
export class GiveUpHandler implements ICommandHandler<GiveUp, Executed> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ taskId, what, failure, context }: GiveUp): Promise<Executed> {
    const at = this.clock.now().toISOString();
    const { attempt } = what;
    return this.executor.execute(
      taskId,
      what.type === 'RunStage'
        ? { type: 'GiveUpStage', stage: what.stage, attempt, ...failure, at }
        : {
            type: 'FailSession',
            sessionId: what.sessionId,
            attempt,
            at,
            failure: { ...failure, retryable: false },
          },
      context,
    );
  }
}
