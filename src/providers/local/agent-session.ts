import { join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { SessionRef, SessionSpec, SessionTranscript } from '../sandbox-provider.js';
import { ProviderError } from '../../events/provider-error.js';
import type { FailureCode } from '../../events/failure-codes.js';
import { AcpConnection, refusal } from './acp-connection.js';
import { AgentApiError } from './agent-api.js';
import type { AgentServer } from './agent-server.js';
import { isUuid } from '../../platform/text-rules.js';
import { readRecord, type SandboxFiles, writeRecord } from './sandbox-files.js';
import { emptyTranscript, REQUEST, Transcript, withEvent } from './transcript.js';

/**
 * How far a session got, written before each request that must not be sent twice:
 * `opening` before session/new, `prompting` before session/prompt, `open` when the prompt was handed over.
 */
const SessionRecord = Type.Object({
  state: Type.Union([Type.Literal('opening'), Type.Literal('prompting'), Type.Literal('open')]),
  /** The start of the agent server that it lives in; it ends with it. */
  launchId: Type.String(),
  /** How often it was begun; each time has an agent process of its own. */
  attempt: Type.Integer({ minimum: 1 }),
  agentType: Type.String(),
  agentSessionId: Type.Optional(Type.String()),
  /** Whether its end has been told to whoever watches. */
  told: Type.Optional(Type.Boolean()),
});
type SessionRecord = Static<typeof SessionRecord>;
/** How a session ended that was open. */
type SessionOutcome = { readonly code: FailureCode; readonly reason: string };

const AGENT_GONE: SessionOutcome = {
  code: 'agent_died',
  reason: 'The agent of this session has ended; ask for a further session to go on.',
};
/** So many events, or milliseconds of talk, are stored at once: far fewer than the server keeps. */
const STORE_EVENTS = 256;
const STORE_MS = 2_000;

type SessionWork = Pick<SessionSpec, 'agentType' | 'prompt'>;

/**
 * One session of a task, in an agent process of its own. Where it cannot be told whether a request
 * reached the agent before we died, that agent is ended and the session is begun anew in another:
 * there are never two, nor one without its prompt.
 */
export class AgentSession {
  private readonly files: SandboxFiles;
  private readonly sessionId: string;
  private readonly recordFile: string;
  private readonly transcriptFile: string;

  constructor(files: SandboxFiles, sessionId: string) {
    if (!isUuid(sessionId)) {
      throw new ProviderError('bad_session_id', 'The session id is not a UUID.', { retryable: false });
    }
    this.files = files;
    this.sessionId = sessionId;
    this.recordFile = join(files.sessions, `${sessionId}.json`);
    this.transcriptFile = join(files.sessions, `${sessionId}.transcript.json`);
  }

  /** The session if it was opened, has its prompt and its agent still runs. */
  async find(server: AgentServer | null, signal: AbortSignal): Promise<SessionRef | null> {
    const record = await this.record();
    if (record?.state !== 'open' || record.launchId !== server?.launchId) return null;
    const { exited } = await this.update(server, record, signal);
    return exited ? null : refOf(record);
  }

  /** Stores what was said so far, before the server that knows it ends. */
  async save(server: AgentServer, signal: AbortSignal): Promise<void> {
    const record = await this.record();
    if (record?.launchId === server.launchId) await this.update(server, record, signal);
  }

  /** Opens the session, or goes on where an attempt that died stopped. */
  async open(
    { agentType, prompt }: SessionWork,
    server: AgentServer,
    signal: AbortSignal,
  ): Promise<SessionRef> {
    const begun = await this.record();
    if (begun && begun.launchId === server.launchId && begun.agentType === agentType) {
      const resumed = await this.resume(prompt, server, begun, signal);
      if (resumed) return resumed;
    }
    const record: SessionRecord = {
      state: 'opening',
      launchId: server.launchId,
      attempt: (begun?.attempt ?? 0) + 1,
      agentType,
    };
    await writeRecord(this.recordFile, record);
    const connection = this.connection(server, record);
    const capabilities = { fs: { readTextFile: false, writeTextFile: false }, terminal: false };
    const hello = { protocolVersion: 1, clientCapabilities: capabilities };
    await connection.request(REQUEST.initialize, 'initialize', hello, signal);
    const place = { cwd: this.files.checkout, mcpServers: [] };
    const opened = await connection.request(REQUEST.open, 'session/new', place, signal);
    return this.prompt(prompt, server, record, agentSessionIdOf(opened), signal);
  }

  async read(
    { prompt }: SessionWork,
    server: AgentServer | null,
    signal: AbortSignal,
  ): Promise<SessionTranscript> {
    const record = await this.record();
    if (!record || record.state === 'opening') return { messages: [], state: 'unknown' };
    const lives = server !== null && record.launchId === server.launchId;
    const transcript = lives ? await this.update(server, record, signal) : await this.transcript(record);
    const messages: SessionTranscript['messages'][number][] = [{ role: 'user', text: prompt }];
    const { text, truncated } = transcript;
    if (text !== '') messages.push({ role: 'agent', text, ...(truncated && { truncated }) });
    if (transcript.failure) messages.push({ role: 'agent', text: `The agent failed: ${transcript.failure}` });
    if (!lives || transcript.exited) return { messages, state: 'dead' };
    return { messages, state: transcript.ended === undefined ? 'busy' : 'idle' };
  }

  /** Whether it is open and its end has not been told. */
  async isToBeWatched(): Promise<boolean> {
    const record = await this.record();
    return record?.state === 'open' && record.told !== true;
  }

  async markTold(): Promise<void> {
    const record = await this.record();
    if (record) await writeRecord(this.recordFile, { ...record, told: true });
  }

  /**
   * Follows what happens, storing what is said, until the session has ended; undefined when the connection is
   * lost before. Asks nothing of the agent.
   * @param inTurn runs work on the session after all other work on it
   */
  async awaitEnd(
    server: AgentServer | null,
    inTurn: <T>(work: () => Promise<T>) => Promise<T>,
    signal: AbortSignal,
  ): Promise<SessionOutcome | undefined> {
    const record = await this.record();
    if (record?.state !== 'open') return undefined;
    let current = await this.transcript(record);
    const ended = () => endOf(current, record.agentType);
    if (record.launchId !== server?.launchId) return ended() ?? AGENT_GONE;
    let stored = { eventId: current.lastEventId, at: Date.now() };
    const store = async () => {
      await inTurn(() => this.store(record, current));
      stored = { eventId: current.lastEventId, at: Date.now() };
    };
    if (ended()) return ended();
    try {
      for await (const event of this.connection(server, record).events(current.lastEventId, signal)) {
        current = withEvent(current, event);
        const behind = current.lastEventId - stored.eventId;
        if (ended() || behind >= STORE_EVENTS || Date.now() - stored.at >= STORE_MS) await store();
        if (ended()) return ended();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AgentApiError && error.status === 404) return AGENT_GONE;
    }
    return undefined;
  }

  /** Null when it must be begun anew; its agent has been ended then. */
  private async resume(
    text: string,
    server: AgentServer,
    record: SessionRecord,
    signal: AbortSignal,
  ): Promise<SessionRef | null> {
    const { exited, prompted, agentSessionId } = await this.update(server, record, signal);
    if (exited) return null;
    if (record.state === 'open') return refOf(record);
    if (record.state === 'prompting' && prompted) return this.settle(record);
    if (record.state === 'opening' && agentSessionId !== undefined) {
      return this.prompt(text, server, record, agentSessionId, signal);
    }
    await this.connection(server, record).close(signal);
    return null;
  }

  private async prompt(
    text: string,
    server: AgentServer,
    before: SessionRecord,
    agentSessionId: string,
    signal: AbortSignal,
  ): Promise<SessionRef> {
    const record: SessionRecord = { ...before, state: 'prompting', agentSessionId };
    await writeRecord(this.recordFile, record);
    const params = { sessionId: agentSessionId, prompt: [{ type: 'text', text }] };
    const since = await this.transcript(record);
    await this.connection(server, record).handOver(REQUEST.prompt, 'session/prompt', params, since, signal);
    return this.settle(record);
  }

  private async settle(record: SessionRecord): Promise<SessionRef> {
    await writeRecord(this.recordFile, { ...record, state: 'open' });
    return refOf(record);
  }

  /** Brings the stored transcript up to date: the server keeps only the latest events, the file keeps all. */
  private async update(server: AgentServer, record: SessionRecord, signal: AbortSignal): Promise<Transcript> {
    const before = await this.transcript(record);
    const after = await this.connection(server, record).catchUp(before, signal);
    if (after.lastEventId !== before.lastEventId || after.exited !== before.exited) {
      await writeRecord(this.transcriptFile, after);
    }
    return after;
  }

  /** Unless more is stored already, or another attempt has begun. */
  private async store(record: SessionRecord, transcript: Transcript): Promise<void> {
    if ((await this.record())?.attempt !== record.attempt) return;
    if ((await this.transcript(record)).lastEventId >= transcript.lastEventId) return;
    await writeRecord(this.transcriptFile, transcript);
  }

  private async transcript(record: SessionRecord): Promise<Transcript> {
    const stored = await readRecord(this.transcriptFile, Transcript);
    const connection = this.connectionName(record);
    return stored?.connection === connection ? stored : emptyTranscript(connection);
  }

  private record(): Promise<SessionRecord | null> {
    return readRecord(this.recordFile, SessionRecord);
  }

  private connection(server: AgentServer, record: SessionRecord): AcpConnection {
    return new AcpConnection(server.api, this.connectionName(record), record.agentType);
  }

  private connectionName({ attempt }: SessionRecord): string {
    return `task-${this.files.taskId}-${this.sessionId}-${attempt}`;
  }
}

const Opened = Type.Object({ sessionId: Type.String({ minLength: 1, maxLength: 200 }) });

function agentSessionIdOf(reply: unknown): string {
  if (Value.Check(Opened, reply)) return reply.sessionId;
  throw new ProviderError('agent_reply_invalid', 'The agent opened a session without a name.', {
    retryable: true,
  });
}

function refOf({ agentSessionId = '' }: SessionRecord): SessionRef {
  return { agentSessionId };
}

function endOf(transcript: Transcript, agentType: string): SessionOutcome | undefined {
  const { exited, failure, failureCode } = transcript;
  if (failure !== undefined) {
    const { code, message } = refusal(agentType, 'session/prompt', { code: failureCode, message: failure });
    return { code, reason: message };
  }
  return exited ? AGENT_GONE : undefined;
}
