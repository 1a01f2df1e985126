import { ProviderError } from '../../events/provider-error.js';
import type { AttachSpec, SessionChannel } from '../session-channel.js';
import { AcpConnection } from './acp-connection.js';
import { endAgent } from './agent-process.js';
import { greet, offerOf, openNew } from './acp-handshake.js';
import { cutText } from './bounded-text.js';
import { LocalChannel } from './local-channel.js';
import type { LocalLog } from './local-log.js';
import type { SandboxFiles } from './sandbox-files.js';
import type { AgentServer, SandboxHost, SandboxProcesses } from './sandbox-host.js';
import { connectionName, type SessionRecord, SessionRecordFile } from './session-record.js';
import { REQUEST } from './acp-replies.js';

/** So often an agent may refuse to take a session up before it is begun anew, unless it says that it has none such. */
const MOST_REFUSALS = 3;
const NO_SUCH_SESSION = /not found|no such|unknown|does not exist|there is no/i;
const LONGEST_RECAP = 48 << 10;
const MOST_FORMER_IDS = 20;
/** How long the end of an agent that could not be used may take, in milliseconds. */
const GIVE_UP_MS = 3_000;

export interface AttachmentTools {
  readonly host: Pick<SandboxHost, 'processes' | 'checkoutSeen' | 'running'>;
  /** The sandbox's agent server, started unless it runs, with the agent's program. */
  readonly ensureServer: (signal: AbortSignal) => Promise<AgentServer>;
  /** Runs work on the session's record after all other work on it. */
  readonly inTurn: <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;
  /** How long the agent may take to take the session up, in milliseconds. */
  readonly answerMs?: number;
  readonly log?: LocalLog;
}

/** Finds the agent of a session, or starts one that takes the session up. */
export class SessionAttachment {
  private readonly files: SandboxFiles;
  private readonly spec: AttachSpec;
  private readonly tools: AttachmentTools;
  private readonly recordFile: SessionRecordFile;

  constructor(files: SandboxFiles, spec: AttachSpec, tools: AttachmentTools) {
    this.files = files;
    this.spec = spec;
    this.tools = tools;
    this.recordFile = new SessionRecordFile(files, spec.sessionId);
  }

  /**
   * @param detached fires when the session is let go
   * @returns null when its agent is gone and is not to be started
   * @throws ProviderError also when it cannot be known whether the agent lives: it is not given up for that
   */
  async attach(start: boolean, detached: AbortSignal): Promise<SessionChannel | null> {
    const record = await this.recordFile.read();
    const server = await this.tools.host.running(this.files);
    if (record?.state === 'open' && server !== null && record.launchId === server.launchId) {
      const connection = this.connection(server, record);
      if (await connection.lives(detached)) return this.channel(server, record, 'same', detached);
    }
    if (!start) return null;
    const running = await this.tools.ensureServer(detached);
    // Its agent may have lived on half: an input that is closed says nothing of the process.
    if (record?.launchId === running.launchId) {
      await endAgent(this.connection(running, record), this.processes, record.process, detached);
    }
    return this.takeUp(running, record, detached);
  }

  private get processes(): SandboxProcesses {
    return this.tools.host.processes(this.files.taskId);
  }

  private async takeUp(
    server: AgentServer,
    before: SessionRecord | null,
    detached: AbortSignal,
  ): Promise<SessionChannel> {
    const begun: SessionRecord = {
      state: 'reopening',
      launchId: server.launchId,
      attempt: (before?.attempt ?? 0) + 1,
      agentType: this.spec.agentType,
      agentSessionId: this.spec.agentSessionId ?? before?.agentSessionId,
      formerIds: before?.formerIds,
      refusals: before?.refusals,
      recap: before?.recap,
    };
    await this.recordFile.write(begun);
    const connection = this.connection(server, begun);
    try {
      const greeted = { ...begun, ...(await greet(connection, this.processes, detached)) };
      const loaded = await this.load(connection, greeted, detached);
      const { how, record } = loaded ?? (await this.beginAnew(connection, greeted, detached));
      const open: SessionRecord = { ...record, state: 'open', refusals: undefined };
      await this.recordFile.write(open);
      return this.channel(server, open, how, detached);
    } catch (error) {
      await connection.close(AbortSignal.timeout(GIVE_UP_MS)).catch(() => undefined);
      throw error;
    }
  }

  /** Undefined when the agent cannot, or says that it has no such session. */
  private async load(connection: AcpConnection, record: SessionRecord, signal: AbortSignal) {
    const { abilities, agentSessionId: sessionId } = record;
    const how = abilities?.load ? 'load' : abilities?.resume ? 'resume' : undefined;
    if (how === undefined || sessionId === undefined || sessionId === '') return undefined;
    const params = { sessionId, cwd: this.tools.host.checkoutSeen(this.files), mcpServers: [] };
    try {
      const { result, eventId } = await connection.numbered(REQUEST.load, `session/${how}`, params, signal);
      return { how, record: { ...record, ...offerOf(result), from: eventId, recap: undefined } } as const;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProviderError) || error.code !== 'agent_refused') throw error;
      const refusals = (record.refusals ?? 0) + 1;
      if (NO_SUCH_SESSION.test(error.message) || refusals >= MOST_REFUSALS) return undefined;
      await this.recordFile.write({ ...record, refusals });
      throw error;
    }
  }

  private async beginAnew(connection: AcpConnection, record: SessionRecord, signal: AbortSignal) {
    const { agentSessionId: former, formerIds = [] } = record;
    const opened = await openNew(connection, this.tools.host.checkoutSeen(this.files), signal);
    const recap = asRecap(await this.spec.recap());
    const ids = former ? [...formerIds, former].slice(-MOST_FORMER_IDS) : formerIds;
    return { how: 'anew', record: { ...record, ...opened, formerIds: ids, recap } } as const;
  }

  private channel(
    server: AgentServer,
    record: SessionRecord,
    how: SessionChannel['how'],
    detached: AbortSignal,
  ): SessionChannel {
    const { inTurn, log } = this.tools;
    return new LocalChannel({
      connection: this.connection(server, record),
      instance: connectionName(this.files, this.spec.sessionId, record.attempt),
      record,
      how,
      detached,
      end: (signal) => endAgent(this.connection(server, record), this.processes, record.process, signal),
      change: (part) => inTurn(detached, () => this.recordFile.change(part)),
      serverRuns: async () => (await this.tools.host.running(this.files))?.launchId === record.launchId,
      log,
    });
  }

  private connection(server: AgentServer, { attempt, agentType }: SessionRecord): AcpConnection {
    const name = connectionName(this.files, this.spec.sessionId, attempt);
    return new AcpConnection(server.api, name, agentType, this.tools.answerMs);
  }
}

/** What goes before the first prompt of an agent that begins anew: quoted, so that nobody takes it for instructions. */
function asRecap(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  const quoted = cutText(text, LONGEST_RECAP).replace(/^/gm, '> ');
  return `This conversation began with an earlier agent, which is gone. Its end was:\n\n${quoted}\n\nGo on from there. What follows is new.`;
}
