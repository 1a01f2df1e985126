import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { Histogram } from 'prom-client';
import { withoutSecrets } from '../access/secrets.js';
import type { CallersRequest } from './access/caller.js';
import { requestIdOf } from './request-id.js';
import { whenceOf } from './whence.js';

const requestSeconds = new Histogram({
  name: 'slipway_http_request_seconds',
  help: 'Duration of requests over HTTP, by method, route and status',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const LONGEST_PATH = 200;
/** What is asked all the time by programs, and the page's own files: of use to nobody but who looks for a fault. */
const UNREMARKABLE = /^\/(health|metrics|assets)(\/|$)/;
/** The route that answered a request, such as `/v1/tasks/:taskId`; undefined where none did. */
export function routeOf(request: Request): string | undefined {
  const { route } = request as { route?: { path?: unknown } };
  return typeof route?.path === 'string' ? route.path : undefined;
}

export const isRemarkable = (path: string): boolean => !UNREMARKABLE.test(path);

/**
 * Names each request (`X-Request-Id` of the answer), and times and logs it, when it has been answered, with who asked from where and how
 * long it took. The query is left out: it may hold what people search for.
 */
export const logRequests =
  (log: Logger): RequestHandler =>
  (request: CallersRequest, response, next) => {
    const begun = performance.now();
    const requestId = (request.requestId = requestIdOf(request.headers));
    response.setHeader('X-Request-Id', requestId);
    response.once('close', () => {
      // By the route, not the path: of those there are as many as there are tasks.
      requestSeconds.observe(
        {
          method: METHODS.has(request.method) ? request.method : 'other',
          route: routeOf(request) ?? 'other',
          status: response.statusCode,
        },
        (performance.now() - begun) / 1_000,
      );
      const path = withoutSecrets(request.originalUrl.split('?', 1)[0]!).slice(0, LONGEST_PATH);
      const level = isRemarkable(path) ? 'info' : 'debug';
      if (!log.isLevelEnabled(level)) return;
      const { caller } = request;
      log[level](
        {
          requestId,
          method: request.method,
          path,
          status: response.statusCode,
          ms: Math.round(performance.now() - begun),
          address: whenceOf(request).address,
          ...(caller !== undefined && { actor: caller.actor, workspaceId: caller.workspaceId }),
          ...(!response.writableFinished && { cut: true }),
          ...taskOf(response),
        },
        'request',
      );
    });
    next();
  };

/** The task that a request made: its path does not say so. */
function taskOf(response: Response): { taskId?: string } {
  const [, taskId] =
    /^\/v1\/tasks\/([0-9a-f-]{36})$/.exec(String(response.getHeader('Location') ?? '')) ?? [];
  return taskId === undefined ? {} : { taskId };
}
