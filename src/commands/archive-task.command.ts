import type { CommandContext } from './command-context.js';

/** Releases the sandbox and keeps its files. */
export class ArchiveTaskCommand {
  constructor(
    readonly taskId: string,
    readonly context: CommandContext,
  ) {}
}
