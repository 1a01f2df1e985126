import type { Static, TSchema } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { WebSocket } from 'ws';
import { ProviderError } from '../../events/provider-error.js';
import { type AgentAddress, askAgent, chunksOf, requestOptions } from './agent-request.js';
import { type PostedRequest, postJson } from './posted-request.js';

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
const MOST_FRAME = 1 << 20;
const SHAKE_MS = 10_000;

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

  /** @throws AgentApiError, ProviderError for a reply of another shape, AgentLostError, or the signal's reason (also on time-out) */
  async call<T extends TSchema>(call: Call<T>): Promise<Static<T>> {
    const limit = call.timeoutMs === undefined ? [] : [AbortSignal.timeout(call.timeoutMs)];
    const signal = AbortSignal.any([call.signal, ...limit]);
    const response = await askAgent(this.address, call, signal);
    const value = parseJson(await readAll(chunksOf(response, signal)));
    const { statusCode = 0 } = response;
    if (!isGood(statusCode)) throw problemOf(statusCode, value);
    if (Value.Check(call.schema, value)) return value;
    throw new ProviderError(
      'agent_reply_invalid',
      `The agent server's reply to ${call.path} has another shape.`,
      {
        retryable: true,
      },
    );
  }

  /** A WebSocket of the server's. It emits `open` or `error`, and then `close`. */
  socket(path: string): WebSocket {
    const { headers, createConnection } = requestOptions(this.address, 'GET', path);
    const { authorization } = headers;
    return new WebSocket(`ws://agent${path}`, {
      createConnection,
      perMessageDeflate: false,
      maxPayload: MOST_FRAME,
      handshakeTimeout: SHAKE_MS,
      ...(authorization !== undefined && { headers: { authorization } }),
    });
  }

  /**
   * The events of an ACP connection: first those that the server still has after `lastEventId` (at most
   * the latest 1,024), then new ones as they come. It ends with the connection; stop it by the signal.
   */
  async *events(path: string, lastEventId: number, signal: AbortSignal): AsyncGenerator<EventSourceMessage> {
    const headers = { 'last-event-id': String(lastEventId) };
    const response = await askAgent(this.address, { method: 'GET', path, headers }, signal);
    const { statusCode = 0 } = response;
    if (!isGood(statusCode))
      throw problemOf(statusCode, parseJson(await readAll(chunksOf(response, signal))));
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
    return postJson(this.address, path, body, KEEP_MS);
  }
}

const isGood = (status: number): boolean => status >= 200 && status < 300;

async function readAll(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
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
