import type { CommandContext } from '../../commands/command-context.js';

/** A command of the saga: one attempt of one stage of one task. */
export abstract class StageCommand {
  constructor(
    readonly taskId: string,
    readonly attempt: number,
    readonly context: CommandContext,
    /** Fires when the effect is to be stopped: the task is overtaken, or the process is going down. */
    readonly stop: AbortSignal,
  ) {}
}
