import type { SessionRef, SessionSpec } from '../sandbox-provider.js';
import { AcpConnection } from './acp-connection.js';
import { greet, openNew } from './acp-handshake.js';
import { endAgent } from './agent-process.js';
import type { SandboxFiles } from './sandbox-files.js';
import type { AgentServer, SandboxHost } from './sandbox-host.js';
import { connectionName, type SessionRecord, SessionRecordFile } from './session-record.js';

/** The opening of one session of a task, in an agent process of its own: there are never two. */
export class AgentSession {
  private readonly files: SandboxFiles;
  private readonly sessionId: string;
  private readonly recordFile: SessionRecordFile;
  private readonly host: Pick<SandboxHost, 'processes' | 'checkoutSeen'>;
  private readonly answerMs?: number;

  /** @param answerMs how long the agent may take to open it, in milliseconds */
  constructor(
    files: SandboxFiles,
    sessionId: string,
    host: Pick<SandboxHost, 'processes' | 'checkoutSeen'>,
    answerMs?: number,
  ) {
    this.files = files;
    this.host = host;
    this.sessionId = sessionId;
    this.recordFile = new SessionRecordFile(files, sessionId);
    this.answerMs = answerMs;
  }

  /** The session if it was opened and its agent still runs. */
  async find(server: AgentServer | null, signal: AbortSignal): Promise<SessionRef | null> {
    const record = await this.recordFile.read();
    if (record?.state !== 'open' || server === null || record.launchId !== server.launchId) return null;
    return (await this.connection(server, record).lives(signal)) ? refOf(record) : null;
  }

  /** Opens the session unless it is open. Where an attempt died on the way, its agent is ended: nobody has said anything to it. */
  async open(
    { agentType }: Pick<SessionSpec, 'agentType'>,
    server: AgentServer,
    signal: AbortSignal,
  ): Promise<SessionRef> {
    const found = await this.find(server, signal);
    if (found) return found;
    const before = await this.recordFile.read();
    if (before?.launchId === server.launchId) {
      const processes = this.host.processes(this.files.taskId);
      await endAgent(this.connection(server, before), processes, before.process, signal);
    }
    const record: SessionRecord = {
      state: 'opening',
      launchId: server.launchId,
      attempt: (before?.attempt ?? 0) + 1,
      agentType,
    };
    await this.recordFile.write(record);
    const connection = this.connection(server, record);
    const greeting = await greet(connection, this.host.processes(this.files.taskId), signal);
    const opened = await openNew(connection, this.host.checkoutSeen(this.files), signal);
    await this.recordFile.write({ ...record, ...greeting, ...opened, state: 'open' });
    return refOf(opened);
  }

  private connection(server: AgentServer, { attempt, agentType }: SessionRecord): AcpConnection {
    const name = connectionName(this.files, this.sessionId, attempt);
    return new AcpConnection(server.api, name, agentType, this.answerMs);
  }
}

function refOf({ agentSessionId = '' }: Pick<SessionRecord, 'agentSessionId'>): SessionRef {
  return { agentSessionId };
}
