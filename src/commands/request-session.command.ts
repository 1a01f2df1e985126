import type { CommandContext } from './command-context.js';
import type { RequestSessionDto } from '../http/tasks/request-session.dto.js';

/** Asks for a further session; it is opened as soon as the task is running. */
export class RequestSessionCommand {
  constructor(
    readonly taskId: string,
    readonly request: RequestSessionDto,
    /** The same key for the same task is the same session. */
    readonly idempotencyKey: string | undefined,
    readonly context: CommandContext,
  ) {}
}
