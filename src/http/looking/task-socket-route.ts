import type { IncomingMessage, Server } from 'node:http';
import { isUuid } from '../../platform/text-rules.js';

/** Gateways have one address each: these are their own. */
export const TERMINAL_PATH = '/v1/terminal';
export const PORT_PATH = '/v1/port';

const ROUTES = [
  { path: TERMINAL_PATH, asked: /^\/v1\/tasks\/([^/?]+)\/terminal()(\?.*)?$/ },
  { path: PORT_PATH, asked: /^\/v1\/tasks\/([^/?]+)\/ports\/([1-9]\d{0,4})(\?.*)?$/ },
];
const LAST_PORT = 65_535;

/** What in a task's sandbox is asked for. */
export interface TaskSocket {
  readonly taskId: string;
  /** NaN but for ports. */
  readonly port: number;
  /** As it was asked for, without the query. */
  readonly path: string;
}

/** An upgrade to something in a sandbox. */
export interface TaskSocketRequest extends IncomingMessage {
  taskSocket?: TaskSocket;
}

/**
 * Leads what asks for `/v1/tasks/<task id>/terminal` or `/v1/tasks/<task id>/ports/<port>` to the gateway for it. Nobody gets
 * there by its own address.
 */
export function routeTaskSockets(server: Server): void {
  server.prependListener('upgrade', (request: TaskSocketRequest) => {
    for (const { path, asked } of ROUTES) {
      const [, id = '', digits = '', query = ''] = asked.exec(request.url ?? '') ?? [];
      const taskId = id.toLowerCase();
      const port = digits === '' ? NaN : Number(digits);
      if (!isUuid(taskId) || port > LAST_PORT) continue;
      request.taskSocket = { taskId, port, path: request.url!.split('?')[0]! };
      request.url = path + query;
      return;
    }
  });
}
