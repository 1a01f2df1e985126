import type { RequestHandler } from 'express';
import { beginSpan, type OpenSpan } from '../platform/spans.js';
import type { CallersRequest } from './access/caller.js';
import { asUuid } from './request-id.js';
import { isRemarkable, routeOf } from './request-log.js';

const spans = new WeakMap<object, OpenSpan>();

/** A span for each request but those of programs that ask all the time, part of the trace that its `traceparent` names. */
export const traceRequests: RequestHandler = (request: CallersRequest, response, next) => {
  if (!isRemarkable(request.path)) return next();
  const { traceparent } = request.headers;
  const span = beginSpan({
    name: request.method,
    kind: 'server',
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    traceId: asUuid(request.requestId ?? '')?.replaceAll('-', ''),
    attributes: { 'http.request.method': request.method },
  });
  if (span === null) return next();
  spans.set(request, span);
  response.once('close', () => {
    const route = routeOf(request);
    const { statusCode } = response;
    span.end(
      route === undefined ? request.method : `${request.method} ${route}`,
      { 'http.response.status_code': statusCode, ...(route !== undefined && { 'http.route': route }) },
      statusCode >= 500,
    );
  });
  next();
};

/** What follows belongs to the request's span: what was begun before its body was read may have forgotten it. */
export const withinTrace: RequestHandler = (request, _, next) => {
  const span = spans.get(request);
  if (span === undefined) next();
  else span.run(() => next());
};
