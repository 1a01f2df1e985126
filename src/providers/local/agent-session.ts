import { join } from 'node:path';
import type { SessionRef, SessionSpec, SessionTranscript } from '../sandbox-provider.js';
import type { FailureCode } from '../../events/failure-codes.js';
import { AcpConnection, refusal } from './acp-connection.js';
import { greet, greetingOf, openedBy, openNew } from './acp-handshake.js';
import { AgentApiError } from './agent-api.js';
import type { AgentServer } from './agent-server.js';
import { readRecord, type SandboxFiles, writeRecord } from './sandbox-files.js';
import { connectionName, type SessionRecord, SessionRecordFile } from './session-record.js';
import { emptyTranscript, REQUEST, Transcript, withEvent } from './transcript.js';

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
  private readonly recordFile: SessionRecordFile;
  private readonly transcriptFile: string;
  private readonly answerMs?: number;

  /** @param answerMs how long the agent may take to open it, in milliseconds */
  constructor(files: SandboxFiles, sessionId: string, answerMs?: number) {
    this.answerMs = answerMs;
    this.recordFile = new SessionRecordFile(files, sessionId);
    this.files = files;
    this.sessionId = sessionId;
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
    await this.recordFile.write(record);
    const connection = this.connection(server, record);
    const greeting = await greet(connection, this.files.taskId, signal);
    const opened = { ...record, ...greeting, ...(await openNew(connection, this.files.checkout, signal)) };
    return this.prompt(prompt, server, opened, signal);
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
    const messages: SessionTranscript['messages'][number][] =
      prompt === undefined ? [] : [{ role: 'user', text: prompt }];
    const { text, truncated } = transcript;
    if (text !== '') messages.push({ role: 'agent', text, ...(truncated && { truncated }) });
    if (transcript.failure) messages.push({ role: 'agent', text: `The agent failed: ${transcript.failure}` });
    if (!lives || transcript.exited) return { messages, state: 'dead' };
    const idle = prompt === undefined || transcript.ended !== undefined;
    return { messages, state: idle ? 'idle' : 'busy' };
  }

  /** Whether it is open and its end has not been told. */
  async isToBeWatched(): Promise<boolean> {
    const record = await this.record();
    return record?.state === 'open' && record.told !== true;
  }

  async markTold(): Promise<void> {
    await this.recordFile.change({ told: true });
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
    text: string | undefined,
    server: AgentServer,
    record: SessionRecord,
    signal: AbortSignal,
  ): Promise<SessionRef | null> {
    const { exited, prompted, agentSessionId } = await this.update(server, record, signal);
    if (exited) return null;
    if (record.state === 'open') return refOf(record);
    if (record.state === 'prompting' && prompted) return this.settle(record);
    const connection = this.connection(server, record);
    if (record.state === 'opening' && agentSessionId !== undefined) {
      const greeting = greetingOf(await connection.pastReply(REQUEST.initialize, 'initialize', signal));
      const opened = openedBy(await connection.pastReply(REQUEST.open, 'session/new', signal));
      return this.prompt(text, server, { ...record, ...greeting, ...opened }, signal);
    }
    await connection.close(signal);
    return null;
  }

  /** Hands the prompt over if there is one; the session is open then. */
  private async prompt(
    text: string | undefined,
    server: AgentServer,
    opened: SessionRecord,
    signal: AbortSignal,
  ): Promise<SessionRef> {
    if (text === undefined) return this.settle(opened);
    const record: SessionRecord = { ...opened, state: 'prompting' };
    await this.recordFile.write(record);
    const params = { sessionId: record.agentSessionId, prompt: [{ type: 'text', text }] };
    const since = await this.transcript(record);
    await this.connection(server, record).handOver(REQUEST.prompt, 'session/prompt', params, since, signal);
    return this.settle(record);
  }

  private async settle(record: SessionRecord): Promise<SessionRef> {
    await this.recordFile.write({ ...record, state: 'open' });
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
    return this.recordFile.read();
  }

  private connection(server: AgentServer, record: SessionRecord): AcpConnection {
    return new AcpConnection(server.api, this.connectionName(record), record.agentType, this.answerMs);
  }

  private connectionName({ attempt }: SessionRecord): string {
    return connectionName(this.files, this.sessionId, attempt);
  }
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
