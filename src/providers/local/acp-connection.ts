import { randomUUID } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import { ProviderError } from '../sandbox-provider.js';
import { type AgentApi, AgentApiError } from './agent-api.js';
import { isReplyTo, type Transcript, withEvent } from './transcript.js';

const RpcReply = Type.Object({
  id: Type.Union([Type.String(), Type.Number()]),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(Type.Object({ code: Type.Number(), message: Type.String() })),
});

/** ACP's own code for "log in first". */
const AUTH_REQUIRED = -32_000;
const PROBE_MS = 1_500;
const REPLAY_MS = 5_000;
const HANDED_MS = 1_000;

/** One ACP connection of an agent server: one agent process, in which we open one session. */
export class AcpConnection {
  private readonly api: AgentApi;
  private readonly path: string;
  private readonly agentType: string;

  constructor(api: AgentApi, name: string, agentType: string) {
    this.api = api;
    this.path = `/v1/acp/${encodeURIComponent(name)}`;
    this.agentType = agentType;
  }

  /** @throws ProviderError when the agent refuses or is gone, or the signal's reason */
  async request(id: string, method: string, params: object, signal: AbortSignal): Promise<unknown> {
    const reply = await this.post(id, method, params, signal, 120_000).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof ProviderError) throw error;
      throw new ProviderError('agent_unreachable', `The agent did not take ${method}: ${String(error)}`, {
        retryable: true,
        cause: error,
      });
    });
    if (!reply.error) return reply.result;
    const needsLogin = reply.error.code === AUTH_REQUIRED;
    throw new ProviderError(
      needsLogin ? 'agent_needs_login' : 'agent_refused',
      `The agent "${this.agentType}" answered ${method} with: ${reply.error.message.slice(0, 300)}`,
      { retryable: !needsLogin },
    );
  }

  /**
   * Hands over a request whose answer may take long: resolves when the agent has answered, has shown any
   * activity, or has had it for a second without refusing it. The answer itself comes as an event.
   */
  async handOver(
    id: string,
    method: string,
    params: object,
    since: Transcript,
    signal: AbortSignal,
  ): Promise<void> {
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    const posted = this.request(id, method, params, either).then(() => undefined);
    const active = this.firstSign(since, either);
    const given = AbortSignal.timeout(HANDED_MS);
    const held = new Promise<void>((resolve) =>
      given.addEventListener('abort', () => resolve(), { once: true }),
    );
    try {
      await Promise.race([posted, active, held]);
      signal.throwIfAborted();
    } finally {
      done.abort();
      await Promise.allSettled([posted, active]);
    }
  }

  /**
   * The transcript with everything that has happened up to now. To know where "now" is in the events,
   * the agent is asked something that it must refuse (an extension method): all it said before comes
   * before that refusal. A busy agent may not answer in time; then it ends where the events pause.
   */
  async catchUp(transcript: Transcript, signal: AbortSignal): Promise<Transcript> {
    if (transcript.exited) return transcript;
    const probe = `probe-${randomUUID()}`;
    let end: 'reply' | 'exit' | 'pause' = 'reply';
    try {
      await this.post(probe, '_slipway/probe', {}, signal, PROBE_MS);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AgentApiError && (error.status === 404 || error.status === 400)) {
        return { ...transcript, exited: true };
      }
      end = error instanceof AgentApiError ? 'exit' : 'pause';
    }
    const patience = AbortSignal.timeout(end === 'pause' ? PROBE_MS : REPLAY_MS);
    let current = transcript;
    try {
      for await (const event of this.api.events(
        this.path,
        transcript.lastEventId,
        AbortSignal.any([signal, patience]),
      )) {
        current = withEvent(current, event);
        if (end === 'reply' ? isReplyTo(probe, event) : current.exited) break;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!patience.aborted && !(error instanceof AgentApiError)) throw error;
    }
    return end === 'exit' ? { ...current, exited: true } : current;
  }

  /** Ends the agent. The server answers only when the agent is gone, and sees to it only when we hang up. */
  async close(signal: AbortSignal): Promise<void> {
    await this.api
      .call({ method: 'DELETE', path: this.path, schema: Type.Unknown(), signal, timeoutMs: 1_000 })
      .catch(() => signal.throwIfAborted());
  }

  private post(id: string, method: string, params: object, signal: AbortSignal, timeoutMs: number) {
    return this.api.call({
      method: 'POST',
      path: `${this.path}?agent=${encodeURIComponent(this.agentType)}`,
      body: { jsonrpc: '2.0', id, method, params },
      schema: RpcReply,
      signal,
      timeoutMs,
    });
  }

  private async firstSign(since: Transcript, signal: AbortSignal): Promise<void> {
    try {
      for await (const event of this.api.events(this.path, since.lastEventId, signal)) {
        const { prompted, exited } = withEvent(since, event);
        if (prompted) return;
        if (exited) break;
      }
    } catch {
      // The post tells what is wrong, if anything is.
    }
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
