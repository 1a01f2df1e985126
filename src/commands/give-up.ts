import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { TaskExecutor, type ExecutedOnTask, type CommandContext } from './executor.js';
import type { FailureCode } from '../events/failure-codes.js';
import type { Stage } from '../events/task/vocabulary.js';
import type { TaskCommand } from './task-commands.js';

/** The attempt that nothing more will be done about. */
export type GivenUp =
  | { readonly type: 'RunStage'; readonly stage: Stage; readonly attempt: number }
  | { readonly type: 'OpenSession'; readonly sessionId: string; readonly attempt: number }
  | { readonly type: 'RunAction'; readonly actionId: string; readonly attempt: number };

/** A message is given up: its task, its session or the action says so. */
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
    return this.executor.execute(taskId, givenUp(what, failure, this.clock.now().toISOString()), context);
  }
}

function givenUp(what: GivenUp, { code, reason }: GiveUp['failure'], at: string): TaskCommand {
  const failure = { code, reason, retryable: false };
  switch (what.type) {
    case 'RunStage':
      return { type: 'GiveUpStage', stage: what.stage, attempt: what.attempt, code, reason, at };
    case 'OpenSession':
      return { type: 'FailSession', sessionId: what.sessionId, attempt: what.attempt, failure, at };
    case 'RunAction':
      return { type: 'FailAction', actionId: what.actionId, attempt: what.attempt, failure, at };
  }
}
