import { Type } from '@sinclair/typebox';
import { firstOf } from '../../platform/aborts.js';
import { pause } from '../../platform/clock.js';
import { ProviderError } from '../../events/provider-error.js';
import { type AgentApi, AgentApiError, parseJson, problemOf } from './agent-api.js';
import { asReply, exitOf, type Reply, replyIn, REQUEST } from './acp-replies.js';

/** ACP's own code for "log in first". */
const AUTH_REQUIRED = -32_000;
const PROBE_MS = 1_500;
const REPLAY_MS = 5_000;
/** How long the server may take for what it answers itself, in milliseconds. */
const SERVER_MS = 10_000;
/** The statuses of an agent that has ended: its connection is unknown, or its input closed. */
const GONE = new Set([400, 404, 502]);
/** The server knows a connection only once its first request has arrived there. */
const FOLLOW_AGAIN_MS = 50;
const ANSWER_MS = 120_000;

/** One ACP connection of an agent server: one agent process, in which we open one session. */
export class AcpConnection {
  private readonly api: AgentApi;
  private readonly path: string;
  private readonly agentType: string;

  private readonly answerMs: number;

  /** @param answerMs how long the agent may take for a request whose answer we need, in milliseconds */
  constructor(api: AgentApi, name: string, agentType: string, answerMs = ANSWER_MS) {
    this.answerMs = answerMs;
    this.api = api;
    this.path = `/v1/acp/${encodeURIComponent(name)}`;
    this.agentType = agentType;
  }

  /**
   * The agent's answer, from the server's reply or from the events, whichever has it first: the server's
   * replies know nothing of an agent that ended, nor of answers that come late.
   * @throws ProviderError when the agent refuses, ends or says nothing, or the signal's reason
   */
  async request(
    id: string,
    method: string,
    params: object,
    signal: AbortSignal,
    limitMs = this.answerMs,
  ): Promise<unknown> {
    const reply = await firstOf<Reply>(
      signal,
      (over) =>
        this.post(id, method, params, over, limitMs).catch((e) => this.postFailed(method, e, over, limitMs)),
      (over) => this.replyByEvent(id, method, over).then((found) => found.reply),
    );
    return this.resultOf(method, reply);
  }

  /** As `request`, with the number of the event that the answer came as: what the agent told before, it told first. */
  async numbered(
    id: string,
    method: string,
    params: object,
    signal: AbortSignal,
  ): Promise<{ result: unknown; eventId: number }> {
    const { reply, eventId } = await firstOf(
      signal,
      async (over) => {
        await this.post(id, method, params, over, this.answerMs).catch((e) =>
          this.postFailed(method, e, over),
        );
        await pause(REPLAY_MS, over);
        throw new ProviderError('agent_unreachable', `The agent's answer to ${method} did not come.`);
      },
      (over) => this.replyByEvent(id, method, over),
    );
    return { result: this.resultOf(method, reply), eventId };
  }

  /**
   * Gives the server a request for the agent, whose answer comes as an event: resolves when the server has it.
   * @throws ProviderError when the server does not take it, or its agent has ended
   */
  async hand(id: string, method: string, params: object, signal: AbortSignal): Promise<void> {
    const posted = this.api.post(this.path, { jsonrpc: '2.0', id, method, params });
    const answered = posted.answered.then(({ status, text }) => {
      if (status >= 400) throw this.undelivered(method, problemOf(status, parseJson(text)));
    });
    answered.catch(() => undefined);
    await firstOf<void>(
      signal,
      () => answered.catch((error: unknown) => Promise.reject(this.undelivered(method, error))),
      async (over) => {
        await posted.sent;
        // It has the bytes; that it is at work, and not a process that was stopped, its health tells.
        await this.requireAnswer(over);
      },
    );
  }

  /** Tells the agent something that has no answer. @returns false when the agent has ended */
  async tell(message: object, signal: AbortSignal): Promise<boolean> {
    try {
      const body = { jsonrpc: '2.0', ...message };
      const call = { method: 'POST', path: this.path, body, schema: Type.Unknown() } as const;
      await this.api.call({ ...call, signal, timeoutMs: SERVER_MS });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AgentApiError && GONE.has(error.status)) return false;
      throw unanswered(error);
    }
  }

  /**
   * Whether the agent process takes messages: it gets an answer to a question that it never asked, which it ignores.
   * @throws ProviderError when that cannot be known
   */
  lives(signal: AbortSignal): Promise<boolean> {
    return this.tell({ id: 'slipway-nothing', result: null }, signal);
  }

  /** The events after the given one as they come, until the connection to the server is lost. */
  events(after: number, signal: AbortSignal) {
    return this.api.events(this.path, after, signal);
  }

  /** A busy agent does not make its server silent: that would be a server that hangs. @throws ProviderError */
  private async requireAnswer(signal: AbortSignal): Promise<void> {
    await this.api
      .call({ method: 'GET', path: '/v1/health', schema: Type.Unknown(), signal, timeoutMs: PROBE_MS })
      .catch((error: unknown) => {
        signal.throwIfAborted();
        throw unanswered(error);
      });
  }

  /** Ends the agent. The server answers only when the agent is gone, and sees to it only when we hang up. */
  async close(signal: AbortSignal): Promise<void> {
    await this.api
      .call({ method: 'DELETE', path: this.path, schema: Type.Unknown(), signal, timeoutMs: 1_000 })
      .catch(() => signal.throwIfAborted());
  }

  private async post(
    id: string,
    method: string,
    params: object,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<Reply> {
    // With the agent's name, the server would start one where it knows of no such connection (any more).
    const start = id === REQUEST.initialize ? `?agent=${encodeURIComponent(this.agentType)}` : '';
    const value = await this.api.call({
      method: 'POST',
      path: `${this.path}${start}`,
      body: { jsonrpc: '2.0', id, method, params },
      schema: Type.Unknown(),
      signal,
      timeoutMs,
    });
    const reply = asReply(value);
    if (reply) return reply;
    throw new ProviderError('agent_reply_invalid', `The agent's answer to ${method} is none.`, {
      retryable: true,
    });
  }

  /**
   * Why a request got no answer from the server. Where the agent has ended, the events say so at the same
   * time and more exactly; they get a moment to be first.
   */
  private async postFailed(
    method: string,
    error: unknown,
    over: AbortSignal,
    limitMs = this.answerMs,
  ): Promise<never> {
    over.throwIfAborted();
    await pause(FOLLOW_AGAIN_MS * 4, over);
    if (error instanceof ProviderError) throw error;
    if ((error as { name?: unknown } | null)?.name === 'TimeoutError') {
      const message = `The agent "${this.agentType}" has not answered ${method} within ${limitMs / 1_000} s.`;
      throw new ProviderError('agent_silent', message, { retryable: true, cause: error });
    }
    throw new ProviderError('agent_unreachable', `The agent did not take ${method}: ${String(error)}`, {
      retryable: true,
      cause: error,
    });
  }

  private undelivered(method: string, error: unknown): ProviderError {
    if (error instanceof ProviderError) return error;
    const gone = error instanceof AgentApiError && GONE.has(error.status);
    const why = error instanceof Error ? error.message : String(error);
    return new ProviderError(
      gone ? 'agent_died' : 'agent_unreachable',
      `The agent "${this.agentType}" did not get ${method}: ${why}`,
      { retryable: true, cause: error },
    );
  }

  /** @throws ProviderError when the reply is a refusal */
  private resultOf(method: string, { result, error }: Reply): unknown {
    if (!error) return result;
    throw refusal(this.agentType, method, error);
  }

  /** Waits for the reply among the events, from the connection's first on. Rejects when the agent ends. */
  private async replyByEvent(
    id: string,
    method: string,
    signal: AbortSignal,
  ): Promise<{ reply: Reply; eventId: number }> {
    for await (const event of this.follow(0, signal)) {
      const reply = replyIn(id, event);
      if (reply) return { reply, eventId: Number(event.id) || 0 };
      const exit = exitOf(event);
      if (!exit) continue;
      const how = exit.code === undefined ? '' : ` with ${exit.code}`;
      throw new ProviderError('agent_died', `The agent "${this.agentType}" ended${how} at ${method}.`, {
        retryable: true,
      });
    }
    throw signal.reason;
  }

  /** The connection's events after the given one until the signal aborts, across lost and not yet known connections. */
  private async *follow(after: number, signal: AbortSignal) {
    let last = after;
    while (!signal.aborted) {
      try {
        for await (const event of this.api.events(this.path, last, signal)) {
          const id = Number(event.id);
          if (Number.isSafeInteger(id)) last = Math.max(last, id);
          yield event;
        }
      } catch {
        // Whether anything is wrong, the post tells.
      }
      await pause(FOLLOW_AGAIN_MS, signal);
    }
  }
}

/** What an agent's error means. */
export function refusal(
  agentType: string,
  method: string,
  error: { readonly code?: number; readonly message: string },
): ProviderError {
  const needsLogin = error.code === AUTH_REQUIRED;
  return new ProviderError(
    needsLogin ? 'agent_needs_login' : 'agent_refused',
    `The agent "${agentType}" answered ${method} with: ${error.message}`,
    { retryable: !needsLogin },
  );
}

function unanswered(cause: unknown): ProviderError {
  return new ProviderError('agent_unreachable', 'The agent server does not answer just now. Try again.', {
    retryable: true,
    cause,
  });
}
