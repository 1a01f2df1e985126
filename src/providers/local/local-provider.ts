import { join } from 'node:path';
import type {
  AgentRef,
  AgentSpec,
  DestroyedSandbox,
  DestroySpec,
  SandboxListing,
  SandboxProvider,
  SandboxRef,
  SandboxSpec,
  SessionEnd,
  SessionRef,
  SessionSpec,
  SessionTranscript,
} from '../sandbox-provider.js';
import { ProviderError } from '../../events/provider-error.js';
import {
  adoptServer,
  type AgentServer,
  capOutput,
  isServerRunning,
  runningServer,
  stopServer,
} from './agent-server.js';
import { AgentSession } from './agent-session.js';
import { lockSession } from './session-lock.js';
import { SessionAttachment } from './session-attachment.js';
import { markReleased, openedSessions } from './session-record.js';
import type { AttachSpec, OpenedSession, SessionChannel } from '../session-channel.js';
import { onAbort } from '../../platform/aborts.js';
import { borrowedMirror } from './borrowed-objects.js';
import { type CheckoutDone, readCheckout } from './checkout.js';
import { checkedRemote } from './checkouts.js';
import { readKept } from './keep-work.js';
import { KeyedMutex } from '../../platform/keyed-mutex.js';
import { mirrorPlace } from './mirror-place.js';
import { markedProcesses, markerOf } from './process-tree.js';
import { OpenSessions } from './open-sessions.js';
import { asProviderCall } from './provider-failure.js';
import { listUuids, recordsDirOf, type SandboxFiles, sandboxFiles } from './sandbox-files.js';
import { removeTree } from '../../platform/remove-tree.js';
import { dropTempParent, tempOf } from './temp-folders.js';
import { type LocalOptions, openWorkshop, tempRecordOf, type Workshop } from './workshop.js';

const CAP_EVERY_MS = 60_000;

/**
 * Sandboxes on this machine: a checkout and an agent server for each task, as the user that Slipway
 * runs as. That keeps tasks out of each other's way, not malicious agents in: it is for trusted
 * agents and for development.
 */
export function createLocalProvider(options: LocalOptions): SandboxProvider {
  return new LocalProvider(options);
}

class LocalProvider implements SandboxProvider {
  readonly id = 'local';
  readonly agents?: readonly string[];
  private readonly options: LocalOptions;
  private readonly sandboxesDir: string;
  private readonly mirrorsDir: string;
  private readonly mutex = new KeyedMutex();
  private readonly openSessions: OpenSessions;
  private readonly capTimer: NodeJS.Timeout;
  private readonly upkeepTimer?: NodeJS.Timeout;
  private readonly closed = new AbortController();
  private upkeep?: Promise<void>;
  private prepared?: Promise<Workshop>;

  constructor(options: LocalOptions) {
    this.options = options;
    this.agents = options.agents;
    this.sandboxesDir = join(options.dataDir, 'sandboxes');
    this.mirrorsDir = join(options.dataDir, 'mirrors');
    this.openSessions = new OpenSessions(
      recordsDirOf(this.sandboxesDir),
      (taskId) => this.files(taskId),
      (sessionId, signal, work) => this.mutex.run(`session ${sessionId}`, signal, work),
      options.log,
    );
    this.capTimer = setInterval(() => void this.capOutputs(), CAP_EVERY_MS).unref();
    const { mirrorUpkeep } = options;
    if (mirrorUpkeep) this.upkeepTimer = setInterval(() => this.keepUp(), mirrorUpkeep.everyMs).unref();
  }

  findSandbox(taskId: string, signal: AbortSignal): Promise<SandboxRef | null> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      await this.prepare();
      const done = await readCheckout(files);
      return done && refOf(files, done);
    });
  }

  placeOf(taskId: string): string {
    return this.files(taskId).checkout;
  }

  createSandbox(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxRef> {
    return asProviderCall(signal, async () => {
      const files = this.files(spec.taskId);
      const remote = checkedRemote(spec, this.options);
      const { checkouts } = await this.prepare();
      return this.mutex.run(spec.taskId, signal, async () =>
        refOf(files, await checkouts.make(spec, remote, files, signal)),
      );
    });
  }

  ensureAgent(spec: AgentSpec, signal: AbortSignal): Promise<AgentRef> {
    return asProviderCall(signal, async () => {
      const { endpoint } = await this.agentServer(spec, signal);
      await this.mutex.run(spec.taskId, signal, () => markReleased(this.files(spec.taskId), false));
      return { endpoint };
    });
  }

  findSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionRef | null> {
    return this.withSession(spec, signal, async (session, files) =>
      session.find(await adoptServer(files, signal, this.options.log), signal),
    ).then((found) => this.noted(spec, found));
  }

  createSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionRef> {
    return this.withSession(spec, signal, async (session) =>
      // The agent may have died since ensureAgent; it is not for the caller to go back a stage.
      session.open(spec, await this.agentServer(spec, signal), signal),
    ).then((opened) => this.noted(spec, opened));
  }

  readSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionTranscript> {
    return this.withSession(spec, signal, async (session, files) =>
      session.read(spec, await runningServer(files), signal),
    );
  }

  watchSessions(report: (end: SessionEnd) => Promise<boolean>, signal: AbortSignal): Promise<void> {
    return asProviderCall(signal, async () => {
      await this.prepare();
      await this.openSessions.watch(report, signal);
    });
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
      const attachment = new SessionAttachment(files, spec, {
        ensureServer: (over) => this.agentServer(spec, over),
        inTurn,
        answerMs: this.options.agentAnswerMs,
        log: this.options.log,
      });
      await this.prepare();
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
      return openedSessions(recordsDirOf(this.sandboxesDir), (taskId) => this.files(taskId), signal);
    });
  }

  releaseSandbox(taskId: string, signal: AbortSignal): Promise<void> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      const { servers } = await this.prepare();
      await this.mutex.run(taskId, signal, async () => {
        await servers.release(files, signal);
        await markReleased(files, true);
      });
    });
  }

  destroySandbox({ taskId, keepBranch }: DestroySpec, signal: AbortSignal): Promise<DestroyedSandbox> {
    return asProviderCall(signal, async () => {
      const files = this.files(taskId);
      const { checkouts, temp } = await this.prepare();
      return this.mutex.run(taskId, signal, async () => {
        await stopServer(files, signal);
        const kept = keepBranch ? await checkouts.keepWork(files, signal) : await readKept(files);
        // First what says that it is complete: killed in between, it counts as half-made.
        const marker = markerOf(taskId);
        await removeTree(files.checkoutDone, signal, marker);
        await removeTree(files.root, signal, marker);
        await removeTree(tempOf(temp, taskId), signal, marker);
        // Last, since it says what is left to remove.
        await removeTree(files.records, signal, marker);
        return { kept };
      });
    });
  }

  listSandboxes(signal: AbortSignal): Promise<SandboxListing[]> {
    return asProviderCall(signal, async () => {
      await this.prepare();
      const marked = await markedProcesses();
      const listings: SandboxListing[] = [];
      const folders = [this.sandboxesDir, recordsDirOf(this.sandboxesDir)];
      for (const taskId of new Set((await Promise.all(folders.map((each) => listUuids(each)))).flat())) {
        signal.throwIfAborted();
        const files = this.files(taskId);
        const complete = (await readCheckout(files)) !== null;
        const running = marked.has(taskId) || (await isServerRunning(files));
        listings.push({ taskId, sandboxId: sandboxIdOf(files), complete, running });
      }
      return listings;
    });
  }

  async close(): Promise<void> {
    clearInterval(this.capTimer);
    clearInterval(this.upkeepTimer);
    this.closed.abort(new Error('The provider was closed'));
    await this.upkeep;
    await dropTempParent(tempRecordOf(this.options.dataDir));
  }

  private async agentServer(
    { taskId, agentType }: Pick<AgentSpec, 'taskId' | 'agentType'>,
    signal: AbortSignal,
  ): Promise<AgentServer> {
    const files = this.files(taskId);
    const { servers } = await this.prepare();
    return this.mutex.run(taskId, signal, async () => {
      const done = await readCheckout(files);
      const mirror = done && mirrorPlace(this.mirrorsDir, done.remote).path;
      if (mirror) return servers.ensure(files, agentType, await borrowedMirror(files, mirror), signal);
      throw new ProviderError('sandbox_missing', 'The sandbox has no complete checkout.', {
        retryable: false,
      });
    });
  }

  /** Work on a session waits for earlier work on it; what it needs of the sandbox, it waits for in its turn. */
  private withSession<T>(
    spec: SessionSpec,
    signal: AbortSignal,
    work: (session: AgentSession, files: SandboxFiles) => Promise<T>,
  ): Promise<T> {
    return asProviderCall(signal, async () => {
      const files = this.files(spec.taskId);
      const session = new AgentSession(files, spec.sessionId, this.options.agentAnswerMs);
      await this.prepare();
      return this.mutex.run(`session ${spec.sessionId}`, signal, () => work(session, files));
    });
  }

  private noted<T extends SessionRef | null>({ taskId, sessionId }: SessionSpec, session: T): T {
    if (session) this.openSessions.note(taskId, sessionId);
    return session;
  }

  private files(taskId: string): SandboxFiles {
    return sandboxFiles(this.sandboxesDir, taskId);
  }

  /** Once. A failure is tried again by the next call. */
  private prepare(): Promise<Workshop> {
    return (this.prepared ??= openWorkshop(this.options, this.sandboxesDir, this.mirrorsDir).catch(
      (error: unknown) => {
        this.prepared = undefined;
        throw error;
      },
    ));
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

  private async capOutputs(): Promise<void> {
    for (const taskId of await listUuids(this.sandboxesDir)) {
      await capOutput(this.files(taskId)).catch(() => undefined);
    }
  }
}

function refOf(files: SandboxFiles, { branch, notices }: CheckoutDone): SandboxRef {
  const ref = { sandboxId: sandboxIdOf(files), branchName: branch, path: files.checkout };
  return notices === undefined || notices.length === 0 ? ref : { ...ref, notices };
}

function sandboxIdOf({ taskId }: SandboxFiles): string {
  return `local-${taskId}`;
}
