import { join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import {
  ProviderError,
  type SessionRef,
  type SessionSpec,
  type SessionTranscript,
} from '../sandbox-provider.js';
import { AcpConnection } from './acp-connection.js';
import type { AgentServer } from './agent-server.js';
import { isUuid, readRecord, type SandboxFiles, writeRecord } from './sandbox-files.js';
import { emptyTranscript, REQUEST, Transcript } from './transcript.js';

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
});
type SessionRecord = Static<typeof SessionRecord>;
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
    const messages: { role: 'user' | 'agent'; text: string }[] = [{ role: 'user', text: prompt }];
    if (transcript.text !== '') messages.push({ role: 'agent', text: transcript.text });
    if (transcript.failure) messages.push({ role: 'agent', text: `The agent failed: ${transcript.failure}` });
    if (!lives || transcript.exited) return { messages, state: 'dead' };
    return { messages, state: transcript.ended === undefined ? 'busy' : 'idle' };
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
