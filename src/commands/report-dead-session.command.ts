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
