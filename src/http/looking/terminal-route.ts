import type { IncomingMessage, Server } from 'node:http';
import { isUuid } from '../../platform/text-rules.js';

/** Gateways have one address each: this is the terminals' own. */
export const TERMINAL_PATH = '/v1/terminal';

const OF_A_TASK = /^\/v1\/tasks\/([^/?]+)\/terminal(\?.*)?$/;

/** An upgrade to a terminal, and whose it is. */
export interface TerminalRequest extends IncomingMessage {
  terminalTaskId?: string;
  /** As it was asked for. */
  originalUrl?: string;
}

/** Leads what asks for `/v1/tasks/<task id>/terminal` to the terminals' gateway. Nobody gets there by its own address. */
export function routeTerminals(server: Server): void {
  server.prependListener('upgrade', (request: TerminalRequest) => {
    const [, id = '', query = ''] = OF_A_TASK.exec(request.url ?? '') ?? [];
    const taskId = id.toLowerCase();
    if (!isUuid(taskId)) return;
    request.originalUrl = request.url;
    request.terminalTaskId = taskId;
    request.url = TERMINAL_PATH + query;
  });
}
