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
