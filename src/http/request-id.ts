import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parseTraceparent } from '../platform/spans.js';

/** What may stand in a log and a header without being read as anything else. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;

/** What a request is called in logs: the id of the caller's trace, else the caller's own `X-Request-Id`, else one of ours. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const trace = parseTraceparent(headers.traceparent);
  if (trace !== null) return trace.traceId;
  const own = headers['x-request-id'];
  return typeof own === 'string' && PLAIN.test(own) ? own : randomUUID();
}

/** The id as a UUID, as events have them; undefined for one that is none in any spelling. */
export function asUuid(requestId: string): string | undefined {
  const parts = UUID.exec(requestId);
  return parts === null ? undefined : parts.slice(1).join('-').toLowerCase();
}
