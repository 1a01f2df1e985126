import { randomUUID } from 'node:crypto';
import { pause } from '../../platform/clock.js';
import { ProviderError } from '../../events/provider-error.js';
import type { AgentCursor, AgentEvent, SessionChannel, SessionChoices } from '../session-channel.js';
import type { AcpConnection } from './acp-connection.js';
import { AcpTranslation, promptRequest, settingRequest } from './acp-translation.js';
import { AgentApiError, EventTooLargeError } from './agent-api.js';
import type { LocalLog } from './local-log.js';
import type { SessionRecord } from './session-record.js';

/** How long an agent may take to change its mode or model, in milliseconds. */
const SETTING_MS = 15_000;
const FOLLOW_AGAIN_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
const METHOD_NOT_FOUND = -32_601;

/** What a channel needs of the session that it is for. */
export interface ChannelHost {
  readonly connection: AcpConnection;
  /** The connection's name. */
  readonly instance: string;
  /** The session's record when the channel was made. */
  readonly record: SessionRecord;
  readonly how: SessionChannel['how'];
  /** Fires when the session is let go. */
  readonly detached: AbortSignal;
  /** Ends the agent, whatever it does against that. */
  end(signal: AbortSignal): Promise<void>;
  /** Changes the record, after whoever else does. */
  change(part: Partial<SessionRecord>): Promise<void>;
  /** Whether the process of the agent server runs that the agent lives in. */
  serverRuns(): Promise<boolean>;
  readonly log?: LocalLog;
}

/** A session in an agent process of a local sandbox. Posts and waits for no agent: what it answers comes as events. */
export class LocalChannel implements SessionChannel {
  readonly instance: string;
  readonly agentSessionId: string;
  readonly how: SessionChannel['how'];
  readonly choices?: SessionChoices;
  private readonly host: ChannelHost;
  private readonly from: number;
  private readonly handed = new Set<string>();
  private recap?: string;
  private answeredTo: number;

  constructor(host: ChannelHost) {
    const { record, how } = host;
    this.host = host;
    this.instance = host.instance;
    this.agentSessionId = record.agentSessionId ?? '';
    this.how = how;
    if (how !== 'same') this.choices = record.choices;
    this.from = record.from ?? 0;
    this.recap = record.recap;
    this.answeredTo = record.answeredTo ?? 0;
  }

  async prompt(promptId: string, text: string, signal: AbortSignal): Promise<void> {
    // The server would answer neither of two requests with one id.
    if (this.handed.has(promptId)) throw new Error(`The prompt ${promptId} was handed over before.`);
    this.handed.add(promptId);
    const blocks = [this.recap, text].flatMap((each) => (each ? [{ type: 'text', text: each }] : []));
    const params = { sessionId: this.agentSessionId, prompt: blocks };
    await this.host.connection.hand(promptRequest(promptId), 'session/prompt', params, signal);
    if (this.recap === undefined) return;
    this.recap = undefined;
    await this.host.change({ recap: undefined });
  }

  async cancel(signal: AbortSignal): Promise<void> {
    const params = { sessionId: this.agentSessionId };
    await this.host.connection.tell({ method: 'session/cancel', params }, signal);
  }

  async answer(requestId: string, optionId: string | null, signal: AbortSignal): Promise<void> {
    const outcome = optionId === null ? { outcome: 'cancelled' } : { outcome: 'selected', optionId };
    await this.host.connection.tell({ id: idOf(requestId), result: { outcome } }, signal);
  }

  setMode(modeId: string, signal: AbortSignal): Promise<void> {
    const { modeOption } = this.host.record.options ?? {};
    return modeOption === undefined
      ? this.set('modeId', modeId, 'session/set_mode', { modeId }, signal)
      : this.setOption('modeId', modeOption, modeId, signal);
  }

  setModel(model: string, signal: AbortSignal): Promise<void> {
    const { modelOption } = this.host.record.options ?? {};
    return modelOption === undefined
      ? this.set('model', model, 'session/set_model', { modelId: model }, signal)
      : this.setOption('model', modelOption, model, signal);
  }

  end(signal: AbortSignal): Promise<void> {
    return this.host.end(signal);
  }

  async *events(after: AgentCursor, signal: AbortSignal): AsyncGenerator<AgentEvent> {
    const over = AbortSignal.any([signal, this.host.detached]);
    const translation = new AcpTranslation(this.agentSessionId || undefined);
    let last = Math.max(after, this.from);
    let wait = FOLLOW_AGAIN_MS;
    while (!over.aborted) {
      let lost: unknown;
      try {
        for await (const { id, data } of this.host.connection.events(last, over)) {
          const cursor = Number(id);
          if (!Number.isSafeInteger(cursor) || cursor <= last) continue;
          if (cursor > last + 1) yield { type: 'gap', missing: cursor - last - 1, cursor: cursor - 1 };
          last = cursor;
          wait = FOLLOW_AGAIN_MS;
          for (const event of this.translated(translation, cursor, data)) {
            if (event.type === 'unserved') await this.refuse(cursor, data, over);
            yield event;
            if (event.type === 'exited') return;
          }
        }
      } catch (error) {
        lost = error;
      }
      if (over.aborted) return;
      if (lost instanceof EventTooLargeError) {
        yield { type: 'gap', missing: 1, cursor: ++last };
        continue;
      }
      const gone = lost instanceof AgentApiError && lost.status === 404;
      if (gone || !(await this.host.serverRuns())) {
        const reason = gone ? 'The agent was ended.' : 'The agent server has ended, and the agent with it.';
        yield { type: 'exited', reason, cursor: last + 1 };
        return;
      }
      await pause(wait, over);
      wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
    }
  }

  /** Nothing that an agent writes ends the reading of it. */
  private translated(translation: AcpTranslation, cursor: number, data: string): AgentEvent[] {
    try {
      return translation.eventsOf(cursor, data);
    } catch (error) {
      this.host.log?.warn(
        { err: error, instance: this.instance, cursor },
        'a message of an agent was skipped',
      );
      return [];
    }
  }

  /** Once for each request, also where another process reads it again. */
  private async refuse(cursor: number, data: string, signal: AbortSignal): Promise<void> {
    if (cursor <= this.answeredTo) return;
    const { id, method } = JSON.parse(data) as { id: string | number; method: string };
    const message = `Slipway does not serve "${method.slice(0, 100)}".`;
    await this.host.connection.tell({ id, error: { code: METHOD_NOT_FOUND, message } }, signal);
    this.answeredTo = cursor;
    await this.host.change({ answeredTo: cursor });
  }

  private setOption(what: 'modeId' | 'model', configId: string, value: string, signal: AbortSignal) {
    return this.set(what, value, 'session/set_config_option', { configId, value }, signal);
  }

  private async set(
    what: 'modeId' | 'model',
    value: string,
    method: string,
    params: object,
    signal: AbortSignal,
  ): Promise<void> {
    const id = settingRequest(what, randomUUID(), value);
    const all = { sessionId: this.agentSessionId, ...params };
    await this.host.connection.request(id, method, all, signal, SETTING_MS);
  }
}

/** The agent's own id, which may be a number, 0 among them, or a text. */
function idOf(requestId: string): string | number {
  try {
    const id: unknown = JSON.parse(requestId);
    if (typeof id === 'number' || typeof id === 'string') return id;
  } catch {
    // Not one that we told.
  }
  throw new ProviderError('agent_reply_invalid', 'There is no such request of the agent.', {
    retryable: false,
  });
}
