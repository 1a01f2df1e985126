import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { TaskExecutor, type ExecutedOnTask } from './task-executor.js';
import type { FailureCode } from '../events/failure-codes.js';
import type { Stage } from '../events/task/vocabulary.js';
import type { CommandContext } from './command-context.js';

/** The attempt that nothing more will be done about. */
export type GivenUp =
  | { readonly type: 'RunStage'; readonly stage: Stage; readonly attempt: number }
  | { readonly type: 'OpenSession'; readonly sessionId: string; readonly attempt: number };

/** A message of the saga is given up: its task, or its session, says so. */
export class GiveUp {
  constructor(
    readonly taskId: string,
    readonly what: GivenUp,
    readonly failure: { readonly code: FailureCode; readonly reason: string },
    readonly context: CommandContext,
  ) {}
}

@CommandHandler(GiveUp)
export class GiveUpHandler implements ICommandHandler<GiveUp, ExecutedOnTask> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ taskId, what, failure, context }: GiveUp): Promise<ExecutedOnTask> {
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
