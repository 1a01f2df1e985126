import type { CommandContext } from './command-context.js';

/** Destroys everything that the task has, in whatever state it is. */
export class KillTaskCommand {
  constructor(
    readonly taskId: string,
    readonly keepBranch: boolean,
    readonly context: CommandContext,
  ) {}
}
