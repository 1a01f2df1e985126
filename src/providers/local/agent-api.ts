import type { Static, TSchema } from '@sinclair/typebox';
import { onAbort } from '../../platform/aborts.js';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ProviderError } from '../../events/provider-error.js';
import { type PostedRequest, postJson } from './posted-request.js';

/** Where an agent server answers and the secret that opens it. The token is as good as a shell: never log it. */
export interface AgentAddress {
  readonly port: number;
  readonly token: string;
}

/** An answer with a status of 400 or above; `type` is the problem's type URN. */
export class AgentApiError extends Error {
  override readonly name = 'AgentApiError';
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, detail: string) {
    super(detail);
    this.status = status;
    this.type = type;
  }
}

const Problem = Type.Object({ type: Type.String({ maxLength: 500 }), detail: Type.Optional(Type.String()) });
const MOST_JSON = 4 << 20;
const MOST_EVENTS = 64 << 20;
/** One event; larger ones are refused, so that an agent's line without end does not fill our memory. */
const MOST_EVENT = 16 << 20;
/** The server gives up a request after two minutes, but does not answer then. */
const KEEP_MS = 150_000;

/** The next event is too large to be read. */
export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError';
}

interface Call<T extends TSchema> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Its variable parts are encoded already. */
  readonly path: string;
  readonly body?: object;
  readonly schema: T;
  readonly signal: AbortSignal;
  /** In milliseconds; without, the signal alone ends it. */
  readonly timeoutMs?: number;
}

/** The HTTP interface of one sandbox-agent server (0.4). Replies are bounded and checked, redirects are errors. */
export class AgentApi {
  private readonly address: AgentAddress;

  constructor(address: AgentAddress) {
    this.address = address;
  }

  /** @throws AgentApiError, ProviderError for a reply of another shape, or what fetch throws (also on time-out) */
  async call<T extends TSchema>(call: Call<T>): Promise<Static<T>> {
    const limit = call.timeoutMs === undefined ? [] : [AbortSignal.timeout(call.timeoutMs)];
    const signal = AbortSignal.any([call.signal, ...limit]);
    const response = await this.fetch(call.path, signal, call.method, call.body);
    const text = await readAll(response);
    const value = parseJson(text);
    if (!response.ok) throw problemOf(response.status, value);
    if (Value.Check(call.schema, value)) return value;
    throw new ProviderError(
      'agent_reply_invalid',
      `The agent server's reply to ${call.path} has another shape.`,
      {
        retryable: true,
      },
    );
  }

  /**
   * The events of an ACP connection: first those that the server still has after `lastEventId` (at most
   * the latest 1,024), then new ones as they come. It ends with the connection; stop it by the signal.
   */
  async *events(path: string, lastEventId: number, signal: AbortSignal): AsyncGenerator<EventSourceMessage> {
    const response = await this.fetch(path, signal, 'GET', undefined, {
      'last-event-id': String(lastEventId),
    });
    if (!response.ok) throw problemOf(response.status, parseJson(await readAll(response)));
    const ready: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => ready.push(event) });
    const decoder = new TextDecoder();
    let size = 0;
    let sinceLast = 0;
    for await (const chunk of chunksOf(response, signal)) {
      size += chunk.length;
      sinceLast += chunk.length;
      if (size > MOST_EVENTS) return;
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (ready.length > 0) sinceLast = 0;
      yield* ready.splice(0);
      if (sinceLast > MOST_EVENT) throw new EventTooLargeError('An event of the agent is too large.');
    }
  }

  /** Posts without waiting for the answer, which the server may owe for as long as an agent works. */
  post(path: string, body: object): PostedRequest {
    const { port, token } = this.address;
    return postJson(port, path, { authorization: `Bearer ${token}` }, body, KEEP_MS);
  }

  private fetch(
    path: string,
    signal: AbortSignal,
    method: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.address.port}${path}`, {
      method,
      signal,
      redirect: 'error',
      headers: {
        authorization: `Bearer ${this.address.token}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body && JSON.stringify(body),
    });
  }
}

/**
 * The body as it comes. The signal ends it by itself: after a garbage collection fetch may have lost track of the signal that it
 * was given, and whoever follows a silent agent would wait for ever.
 * @throws the signal's reason
 */
async function* chunksOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const unlisten = onAbort(signal, () => void reader.cancel().catch(() => undefined));
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    unlisten();
    void reader.cancel().catch(() => undefined);
  }
}

async function readAll(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MOST_JSON) {
      throw new ProviderError('agent_reply_invalid', "The agent server's reply is too large.", {
        retryable: true,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What an answer with such a status says. */
export function problemOf(status: number, value: unknown): AgentApiError {
  const problem = Value.Check(Problem, value) ? value : { type: 'about:blank', detail: undefined };
  return new AgentApiError(status, problem.type, (problem.detail ?? `HTTP ${status}`).slice(0, 500));
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
