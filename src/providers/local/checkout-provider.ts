import type { Duplex } from 'node:stream';
import type {
  AgentRef,
  AgentSpec,
  CheckoutSpec,
  DestroyedSandbox,
  DestroySpec,
  KeptWork,
  PushedWork,
  PushSpec,
  SandboxListing,
  SandboxProvider,
  SandboxRef,
  SandboxSpec,
  SessionRef,
  UnpushedWork,
  SessionSpec,
  SetupRun,
  SetupSpec,
} from '../sandbox-provider.js';
import type { LogPage, LogSource } from '../../platform/sandbox-log.js';
import type { CheckoutPlace } from '../../repository/checkout-place.js';
import { ProviderError } from '../../events/provider-error.js';
import { openAgentTerminal } from './agent-terminal.js';
import { AgentSession } from './agent-session.js';
import { lockSession } from './session-lock.js';
import { SessionAttachment } from './session-attachment.js';
import { markReleased } from './session-record.js';
import { OpenedSessions } from './opened-sessions.js';
import type { TerminalChannel, TerminalListener, TerminalSpec } from '../terminal-channel.js';
import type { AttachSpec, OpenedSession, SessionChannel } from '../session-channel.js';
import { onAbort } from '../../platform/aborts.js';
import { borrowedMirror } from './borrowed-objects.js';
import { type CheckoutDone, readCheckout } from './checkout.js';
import { CheckoutUses } from './checkout-uses.js';
import { checkedRemote } from './checkouts.js';
import { readKept } from './keep-work.js';
import { keptOf } from './kept-refs.js';
import { KeyedMutex } from '../../platform/keyed-mutex.js';
import { mirrorPlace } from './mirror-place.js';
import { markerOf } from './process-tree.js';
import { asProviderCall } from './provider-failure.js';
import { foldersOf, listUuids, recordsDirOf, type SandboxFiles, sandboxFiles } from './sandbox-files.js';
import { removeTree } from '../../platform/remove-tree.js';
import type { AgentServer, HostedSandbox, SandboxHost } from './sandbox-host.js';
import type { CheckoutOptions, Workshop } from './workshop.js';

/** Sandboxes whose checkouts lie on this machine: one folder a task, wherever its processes run. */
export class CheckoutProvider implements SandboxProvider {
  readonly id: string;
  readonly agents?: readonly string[];
  readonly givesVariables: boolean;
  private readonly options: CheckoutOptions;
  private readonly open: (closed: AbortSignal) => Promise<Workshop>;
  private readonly sandboxesDir: string;
  private readonly mirrorsDir: string;
  private readonly mutex = new KeyedMutex();
  private readonly checkoutUses = new CheckoutUses();
  private readonly opened: OpenedSessions;
  private readonly upkeepTimer?: NodeJS.Timeout;
  private readonly closed = new AbortController();
  private upkeep?: Promise<void>;
  private prepared?: Promise<Workshop>;

  /**
   * @param open tries out the machine and makes what is needed there; called again after a failure
   */
  constructor(id: string, options: CheckoutOptions, open: (closed: AbortSignal) => Promise<Workshop>) {
    this.id = id;
    this.options = options;
    this.open = open;
    this.agents = options.agents;
    this.givesVariables = options.envs !== undefined;
    ({ sandboxes: this.sandboxesDir, mirrors: this.mirrorsDir } = foldersOf(options.dataDir));
    this.opened = new OpenedSessions(recordsDirOf(this.sandboxesDir), (taskId) => this.files(taskId));
    const { mirrorUpkeep } = options;
    if (mirrorUpkeep) this.upkeepTimer = setInterval(() => this.keepUp(), mirrorUpkeep.everyMs).unref();
  }

  findSandbox(taskId: string, signal: AbortSignal): Promise<SandboxRef | null> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      const { host } = await this.prepare();
      const done = await readCheckout(files);
      return done && this.refOf(files, done, host);
    });
  }

  placeOf(taskId: string): string {
    return this.files(taskId).checkout;
  }

  useCheckout<T>(
    { taskId, onBranch }: CheckoutSpec,
    signal: AbortSignal,
    work: (place: CheckoutPlace, signal: AbortSignal) => Promise<T>,
  ): Promise<T | null> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      const { checkouts } = await this.prepare();
      return this.checkoutUses.use(taskId, signal, async (over) => {
        const place = await checkouts.placeOf(files, onBranch, over);
        return place && work(place, over);
      });
    });
  }

  createSandbox(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxRef> {
    return asProviderCall(signal, async () => {
      const files = this.files(spec.taskId);
      const remote = checkedRemote(spec, this.options);
      const { checkouts, host } = await this.prepare();
      return this.mutex.run(spec.taskId, signal, async () =>
        this.refOf(files, await checkouts.make(spec, remote, files, signal), host),
      );
    });
  }

  runSetup(spec: SetupSpec, signal: AbortSignal): Promise<SetupRun> {
    return asProviderCall(signal, async () => {
      const files = this.files(spec.taskId);
      const { host } = await this.prepare();
      return this.mutex.run(spec.taskId, signal, async () =>
        host.runSetup(await this.sandbox(files), spec, signal),
      );
    });
  }

  setupOutput(taskId: string, signal: AbortSignal): Promise<string | null> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      const { host } = await this.prepare();
      return host.setupOutput(files, signal);
    });
  }

  readLog(
    {
      taskId,
      source,
      after,
    }: { readonly taskId: string; readonly source: LogSource; readonly after: bigint },
    signal: AbortSignal,
  ): Promise<LogPage> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      const { host } = await this.prepare();
      return host.readLog(files, source, after, signal);
    });
  }

  openTerminal(
    { taskId, ...size }: TerminalSpec,
    listener: TerminalListener,
    signal: AbortSignal,
  ): Promise<TerminalChannel> {
    return this.whileRunning(taskId, signal, (server, files, host) =>
      openAgentTerminal(server, { ...size, cwd: host.checkoutSeen(files) }, listener, signal),
    );
  }

  openPort(
    { taskId, port }: { readonly taskId: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<Duplex> {
    return this.whileRunning(taskId, signal, (_, files, host) => host.openPort(files, port, signal));
  }

  ensureAgent(spec: AgentSpec, signal: AbortSignal): Promise<AgentRef> {
    return asProviderCall(signal, async () => {
      const { endpoint } = await this.agentServer(spec, signal);
      await this.mutex.run(spec.taskId, signal, () => markReleased(this.files(spec.taskId), false));
      return { endpoint };
    });
  }

  findSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionRef | null> {
    return this.withSession(spec, signal, async (session, files, { host }) =>
      session.find(await host.adopt(files, signal), signal),
    );
  }

  createSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionRef> {
    return this.withSession(spec, signal, async (session) =>
      // The agent may have died since ensureAgent; it is not for the caller to go back a stage.
      session.open(spec, await this.agentServer(spec, signal), signal),
    );
  }

  attachSession(
    spec: AttachSpec,
    { start }: { readonly start: boolean },
    signal: AbortSignal,
  ): Promise<SessionChannel | null> {
    return asProviderCall(signal, async () => {
      const files = this.files(spec.taskId);
      const inTurn = <T>(over: AbortSignal, work: () => Promise<T>) =>
        this.mutex.run(`session ${spec.sessionId}`, over, work);
      const { host } = await this.prepare();
      const attachment = new SessionAttachment(files, spec, {
        host,
        ensureServer: (over) => this.agentServer(spec, over),
        inTurn,
        answerMs: this.options.agentAnswerMs,
        log: this.options.log,
      });
      const lock = await lockSession(files, spec.sessionId, signal);
      let channel: SessionChannel | null = null;
      try {
        channel = await inTurn(signal, () => attachment.attach(start, signal));
      } finally {
        if (channel) onAbort(signal, lock.release);
        else lock.release();
      }
      return channel;
    });
  }

  openedSessions(signal: AbortSignal): Promise<readonly OpenedSession[]> {
    return asProviderCall(signal, async () => {
      await this.prepare();
      return this.opened.list(signal);
    });
  }

  pushBranch(spec: PushSpec, signal: AbortSignal): Promise<PushedWork> {
    return asProviderCall(signal, async () => {
      const files = this.files(spec.taskId);
      const { checkouts } = await this.prepare();
      return checkouts.push(spec, files, signal);
    });
  }

  unpushedWork(
    { taskId, lastPushed }: { readonly taskId: string; readonly lastPushed: string | null },
    signal: AbortSignal,
  ): Promise<UnpushedWork | null> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      const { checkouts } = await this.prepare();
      return checkouts.unpushed(files, lastPushed, signal);
    });
  }

  keptWork(taskId: string, signal: AbortSignal): Promise<(KeptWork & { readonly at: string }) | null> {
    return asProviderCall(signal, () => keptOf(this.files(taskId)));
  }

  keptBundle(taskId: string, signal: AbortSignal): Promise<AsyncGenerator<Buffer> | null> {
    return asProviderCall(signal, async () => {
      const { checkouts } = await this.prepare();
      return checkouts.keptBundle(this.files(taskId), signal);
    });
  }

  deleteKept(taskId: string, signal: AbortSignal): Promise<void> {
    return asProviderCall(signal, async () => {
      const { checkouts } = await this.prepare();
      await this.mutex.run(taskId, signal, () => checkouts.deleteKept(this.files(taskId), signal));
    });
  }

  releaseSandbox(taskId: string, signal: AbortSignal): Promise<void> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      const { host } = await this.prepare();
      await this.mutex.run(taskId, signal, async () => {
        await host.stop(files, signal);
        await markReleased(files, true);
      });
    });
  }

  destroySandbox({ taskId, keepBranch }: DestroySpec, signal: AbortSignal): Promise<DestroyedSandbox> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      const { checkouts, host } = await this.prepare();
      return this.mutex.run(taskId, signal, async () => {
        await host.stop(files, signal);
        const kept = keepBranch ? await checkouts.keepWork(files, signal) : await readKept(files);
        await this.checkoutUses.without(taskId, async () => {
          // First what says that it is complete: killed in between, it counts as half-made.
          const marker = markerOf(taskId);
          await removeTree(files.checkoutDone, signal, marker);
          await removeTree(files.root, signal, marker);
          await removeTree(files.own, signal, marker);
          await host.remove(files, signal);
          // Last, since it says what is left to remove.
          await removeTree(files.records, signal, marker);
        });
        return { kept };
      });
    });
  }

  listSandboxes(signal: AbortSignal): Promise<SandboxListing[]> {
    return asProviderCall(signal, async () => {
      const { host } = await this.prepare();
      const running = await host.list(signal);
      const listings: SandboxListing[] = [];
      const folders = [this.sandboxesDir, recordsDirOf(this.sandboxesDir)];
      const known = (await Promise.all(folders.map((each) => listUuids(each)))).flat();
      for (const taskId of new Set([...known, ...running.keys()])) {
        signal.throwIfAborted();
        const complete = (await readCheckout(this.files(taskId))) !== null;
        const runs = running.get(taskId) ?? false;
        listings.push({ taskId, sandboxId: this.sandboxId(taskId), complete, running: runs });
      }
      return listings;
    });
  }

  async close(): Promise<void> {
    clearInterval(this.upkeepTimer);
    this.closed.abort(new Error('The provider was closed'));
    await this.upkeep;
    const prepared = await this.prepared?.catch(() => undefined);
    await prepared?.host.close();
  }

  /** @throws ProviderError `agent_unreachable` where the sandbox does not run */
  private whileRunning<T>(
    taskId: string,
    signal: AbortSignal,
    work: (server: AgentServer, files: SandboxFiles, host: SandboxHost) => Promise<T>,
  ): Promise<T> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      const { host } = await this.prepare();
      const server = await host.adopt(files, signal);
      if (server !== null) return work(server, files, host);
      const reason = 'The sandbox does not run just now. A prompt (or resuming the task) starts it.';
      throw new ProviderError('agent_unreachable', reason, { retryable: true });
    });
  }

  private async agentServer(
    { taskId, agentType }: Pick<AgentSpec, 'taskId' | 'agentType'>,
    signal: AbortSignal,
  ): Promise<AgentServer> {
    const files = this.files(taskId);
    const { host } = await this.prepare();
    return this.mutex.run(taskId, signal, async () =>
      host.ensure(await this.sandbox(files), agentType, signal),
    );
  }

  /** A sandbox that is made, with what its programs may read of ours (what its checkout borrows from), and their variables. */
  private async sandbox(files: SandboxFiles): Promise<HostedSandbox> {
    const done = await readCheckout(files);
    if (done) {
      const readable = await borrowedMirror(files, mirrorPlace(this.mirrorsDir, done.remote).path);
      const { envId, workspaceId } = done;
      const { envs } = this.options;
      const variables = async () => (envId === undefined || envs === undefined ? {} : envs.open(envId));
      return { files, workspaceId, readable, variables };
    }
    throw new ProviderError('sandbox_missing', 'The sandbox has no complete checkout.', {
      retryable: false,
    });
  }

  /** Work on a session waits for earlier work on it; what it needs of the sandbox, it waits for in its turn. */
  private withSession<T>(
    spec: SessionSpec,
    signal: AbortSignal,
    work: (session: AgentSession, files: SandboxFiles, workshop: Workshop) => Promise<T>,
  ): Promise<T> {
    return asProviderCall(signal, async () => {
      const files = this.files(spec.taskId);
      const workshop = await this.prepare();
      const session = new AgentSession(files, spec.sessionId, workshop.host, this.options.agentAnswerMs);
      return this.mutex.run(`session ${spec.sessionId}`, signal, () => work(session, files, workshop));
    });
  }

  private files(taskId: string): SandboxFiles {
    return sandboxFiles(this.sandboxesDir, taskId);
  }

  /** Once. A failure is tried again by the next call. */
  private prepare(): Promise<Workshop> {
    return (this.prepared ??= this.open(this.closed.signal).catch((error: unknown) => {
      this.prepared = undefined;
      throw error;
    }));
  }

  /** One round at a time. */
  private keepUp(): void {
    this.upkeep ??= this.prepare()
      .then(({ upkeep }) => upkeep.run(this.closed.signal))
      .catch((error: unknown) => {
        if (!this.closed.signal.aborted)
          this.options.log?.warn({ err: error }, 'the upkeep of mirrors failed');
      })
      .finally(() => (this.upkeep = undefined));
  }

  private refOf(
    { taskId, checkout }: SandboxFiles,
    { branch, notices: ofCheckout = [], setupScript }: CheckoutDone,
    host: Pick<SandboxHost, 'notices'>,
  ): SandboxRef {
    const notices = [...(host.notices ?? []), ...ofCheckout];
    return {
      ...{ sandboxId: this.sandboxId(taskId), branchName: branch, path: checkout },
      ...(notices.length === 0 ? {} : { notices }),
      ...(setupScript === true ? { setupScript } : {}),
    };
  }

  private sandboxId(taskId: string): string {
    return `${this.id}-${taskId}`;
  }
}
