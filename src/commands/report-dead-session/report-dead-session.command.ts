import type { CommandContext } from '../command-context.js';

/** Somebody saw that the agent of a session that was ready has ended. */
export class ReportDeadSessionCommand {
  constructor(
    readonly taskId: string,
    readonly sessionId: string,
    readonly context: CommandContext,
  ) {}
}
