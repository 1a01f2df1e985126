import type { CommandContext } from '../../commands/command-context.js';
import { StageCommand } from './stage-command.js';

/** Opens a further session of a running task. */
export class OpenSession extends StageCommand {
  constructor(
    taskId: string,
    readonly sessionId: string,
    attempt: number,
    context: CommandContext,
    stop: AbortSignal,
  ) {
    super(taskId, attempt, context, stop);
  }
}
