import type { CommandContext } from './command-context.js';

/** Goes on from the failed stage, with its attempts counted anew. */
export class RetryTaskCommand {
  constructor(
    readonly taskId: string,
    readonly context: CommandContext,
  ) {}
}
