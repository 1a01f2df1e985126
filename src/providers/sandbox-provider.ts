import type { Duplex } from 'node:stream';
import type { LogPage, LogSource } from '../platform/sandbox-log.js';
import type { CheckoutPlace } from '../repository/checkout-place.js';
import type { TerminalChannel, TerminalListener, TerminalSpec } from './terminal-channel.js';
import type { AttachSpec, OpenedSession, SessionChannel } from './session-channel.js';

/**
 * The port behind which sandboxes come from. Every effect is find-or-create and keyed by the task id
 * (or session id): the saga may run a stage twice, in two processes, and the world may not notice.
 *
 * Every method takes an `AbortSignal`: when it fires, the call stops what it can, leaves nothing that
 * the next `find…` would mistake for finished work, and rejects with the signal's reason.
 * Failures are `ProviderError`s; anything else that is thrown is a bug.
 */
export interface SandboxProvider {
  /** The name that callers put into `providerId`. */
  readonly id: string;

  /** The agent types that may be asked for here; any when absent. */
  readonly agents?: readonly string[];

  /** Whether the variables of `SandboxSpec.envId` reach the sandbox's programs; where not, the task's record says so. */
  readonly givesVariables?: boolean;

  /**
   * Told that the task got its name (stage ensure_name), before its sandbox is made; find-or-create like
   * the rest. Only for providers that keep something by then, so most leave it out.
   */
  nameSandbox?(taskId: string, signal: AbortSignal): Promise<void>;

  /** The task's sandbox if it is completely made, else null: half-made ones do not count. */
  findSandbox(taskId: string, signal: AbortSignal): Promise<SandboxRef | null>;

  /** Where a made checkout lies on this machine, whatever was said earlier; left out by those that keep none here. */
  placeOf?(taskId: string): string;

  /**
   * Works with the task's checkout from outside, where it is on this machine; null when there is no whole one (yet, or any
   * more). The work's signal aborts when the sandbox is about to be destroyed, which waits for its end. Left out by providers
   * that keep no checkouts here.
   */
  useCheckout?<T>(
    spec: CheckoutSpec,
    signal: AbortSignal,
    work: (place: CheckoutPlace, signal: AbortSignal) => Promise<T>,
  ): Promise<T | null>;

  /** Makes the task's sandbox with a checkout on its branch, or repairs a half-made one. */
  createSandbox(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxRef>;

  /**
   * Runs the sandbox's setup in its checkout, as its agent will run: with the same view, and nothing of the service's
   * environment but PATH and LANG. One that has succeeded is not run again, one that has failed only for another `run`;
   * one of which it is not known whether it has ended is gone on with, or begun again. Whatever it leaves running is ended.
   * Rejects with `setup_failed` and the end of the output (`ProviderError.output`). Left out by providers that cannot.
   */
  runSetup?(spec: SetupSpec, signal: AbortSignal): Promise<SetupRun>;

  /** The end of what the setup that runs (or ran last) has put out; null when nothing is known of one here. */
  setupOutput?(taskId: string, signal: AbortSignal): Promise<string | null>;

  /**
   * What the sandbox's programs have put out after a place that an earlier page named (0: from its beginning), as far as it is
   * kept. Left out by providers that keep none.
   */
  readLog?(
    spec: { readonly taskId: string; readonly source: LogSource; readonly after: bigint },
    signal: AbortSignal,
  ): Promise<LogPage>;

  /**
   * Opens a shell in the sandbox that runs, as its agent runs, in its checkout. Left out by providers that cannot.
   * @throws ProviderError `agent_unreachable` where the sandbox does not run just now
   */
  openTerminal?(
    spec: TerminalSpec,
    listener: TerminalListener,
    signal: AbortSignal,
  ): Promise<TerminalChannel>;

  /**
   * Connects to what listens on a port (1 to 65535) of the sandbox that runs: of its own network, never of the machine's.
   * What is not closed ends with the sandbox. Left out by providers that cannot.
   * @throws ProviderError `port_closed` where nothing listens there, `agent_unreachable` where the sandbox does not run
   * just now, `no_ports` where its ports cannot be told from others
   */
  openPort?(spec: { readonly taskId: string; readonly port: number }, signal: AbortSignal): Promise<Duplex>;

  /** Makes sure that the sandbox's agent server answers and that the agent type is installed there. */
  ensureAgent(spec: AgentSpec, signal: AbortSignal): Promise<AgentRef>;

  /** The session made earlier for this session id if it (still) exists, else null. */
  findSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionRef | null>;

  /** Opens the session; what is said in it is said by whoever attaches to it. */
  createSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionRef>;

  /**
   * Attaches to a session: at most one process is attached to it at a time, whichever dies. Waits for that. With
   * `start` an agent that is gone is started again; without, null is answered then. Detached when the signal aborts:
   * the agent goes on.
   */
  attachSession(
    spec: AttachSpec,
    options: { readonly start: boolean },
    signal: AbortSignal,
  ): Promise<SessionChannel | null>;

  /** The sessions that were opened here and not destroyed, nor released, unless the agent was ensured again since. Asked every few seconds. */
  openedSessions(signal: AbortSignal): Promise<readonly OpenedSession[]>;

  /**
   * Has the task's branch on its remote be on the checkout's HEAD, with what is not committed there in a commit on top if
   * that is wanted. The same `name` pushes the same commit, whatever has become of the checkout meanwhile. Left out by
   * providers whose checkouts are not on this machine.
   */
  pushBranch?(spec: PushSpec, signal: AbortSignal): Promise<PushedWork>;

  /**
   * What would be lost with the sandbox, for people to decide: null where nothing would be. Left out by providers that
   * cannot tell.
   * @param lastPushed what we last had the branch on at the remote
   */
  unpushedWork?(
    spec: { readonly taskId: string; readonly lastPushed: string | null },
    signal: AbortSignal,
  ): Promise<UnpushedWork | null>;

  /** What is kept of a task whose sandbox was destroyed; beside `keptBundle` and `deleteKept`. */
  keptWork?(taskId: string, signal: AbortSignal): Promise<(KeptWork & { readonly at: string }) | null>;

  /** All that is kept of a task as a git bundle, piece by piece; null when nothing is. */
  keptBundle?(taskId: string, signal: AbortSignal): Promise<AsyncGenerator<Buffer> | null>;

  /** Gives up what is kept of a task, for good. Harmless when nothing is. */
  deleteKept?(taskId: string, signal: AbortSignal): Promise<void>;

  /** Stops the sandbox's processes and keeps its files. Harmless when there is nothing to release. */
  releaseSandbox(taskId: string, signal: AbortSignal): Promise<void>;

  /**
   * Removes processes and files; with `keepBranch` all work is kept elsewhere first, and where it cannot be, nothing
   * is removed. Harmless when there is nothing (left) to destroy; what was kept is then told again.
   */
  destroySandbox(spec: DestroySpec, signal: AbortSignal): Promise<DestroyedSandbox>;

  /** Everything of ours that exists at this provider, also half-made: what the audit compares with the events. */
  listSandboxes(signal: AbortSignal): Promise<SandboxListing[]>;

  /** Lets go of connections and timers. Sandboxes go on without us. */
  close(): Promise<void>;
}

export interface SandboxSpec {
  readonly taskId: string;
  /** Whose credentials open the repository; none are used when absent. */
  readonly workspaceId?: string;
  readonly repoRemote: string;
  /** The task's own branch, already reserved in the events; it does not exist in the repository yet. */
  readonly branchName: string;
  /** The branch (or tag) to start from; the remote's default branch when absent. */
  readonly onBranch?: string;
  /** Names the variables that the sandbox's programs get. Providers with `givesVariables` find them themselves, and keep no values. */
  readonly envId?: string;
  /** Whether submodules are fetched where they may be; where not, a notice says so. */
  readonly submodules?: boolean;
}

/** Which checkout, and the branch or tag that it began from; the remote's default branch when absent. */
export type CheckoutSpec = Pick<SandboxSpec, 'taskId' | 'onBranch'>;

export interface SandboxRef {
  /** The provider's own stable name for the sandbox. */
  readonly sandboxId: string;
  /** The branch that the checkout was made on, where the provider knows it. */
  readonly branchName?: string;
  /** Where the checkout is, for people to look at; absent when it is not on this machine. */
  readonly path?: string;
  /** What people should know of the checkout: what is not in it, say. A sentence each. */
  readonly notices?: readonly string[];
  /** Whether the checkout brings `.slipway/setup.sh`, a plain file. */
  readonly setupScript?: boolean;
}

export interface SetupSpec {
  readonly taskId: string;
  readonly sandboxId: string;
  /** Lines for `/bin/sh`, of which the first that fails ends them; the checkout's `.slipway/setup.sh` when absent. */
  readonly commands?: string;
  /** Counted from 1: the same number is the same try, asked for again. */
  readonly run: number;
}

export interface SetupRun {
  /** What it put out, or the end of it. */
  readonly output: string;
}

export interface AgentSpec {
  readonly taskId: string;
  readonly sandboxId: string;
  /** `mock`, `claude`, `codex`, … as sandbox-agent names them. */
  readonly agentType: string;
}

export interface AgentRef {
  /** Where the agent server answers, without its secret; absent when it is not reachable over HTTP. */
  readonly endpoint?: string;
}

export interface SessionSpec extends AgentSpec {
  /** Ours, minted before anything exists. */
  readonly sessionId: string;
}

export interface SessionRef {
  /** The agent's own name for the session. */
  readonly agentSessionId: string;
}

export interface PushSpec {
  readonly taskId: string;
  readonly workspaceId: string;
  readonly branchName: string;
  /** Names this push: a word of letters, digits and "-". */
  readonly name: string;
  readonly includeUncommitted: boolean;
  /** Of the commit that is made of what is not committed; its time decides its id as well. */
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  /** ISO 8601. */
  readonly at: string;
  /** What we last had the branch on; null before the first push. */
  readonly lastPushed: string | null;
  /** Replaces what the branch is on, as long as nobody has changed it meanwhile. */
  readonly force: boolean;
}

export interface PushedWork {
  readonly commit: string;
  /** The remote, as people know it. */
  readonly remote: string;
  /** What was not committed and is not in it, a path each, with why. */
  readonly left: readonly string[];
}

export interface UnpushedWork {
  readonly commits: number;
  /** Files. */
  readonly uncommitted: number;
  /** Where the commits are: `heads/<branch>`, `stash`, …; some of them. */
  readonly tips: readonly string[];
}

export interface DestroySpec {
  readonly taskId: string;
  /** Keeps all work that is in the sandbox when true: not only the task's own branch. */
  readonly keepBranch: boolean;
}

export interface DestroyedSandbox {
  /** Absent when nothing was to be kept, or nothing was there. */
  readonly kept?: KeptWork;
}

/** Work that outlives its sandbox. */
export interface KeptWork {
  /** Where it is: a git repository that has the refs. */
  readonly where: string;
  /** Each ref by its full name, with the object that it points to. */
  readonly refs: readonly { readonly name: string; readonly commit: string }[];
}

export interface SandboxListing {
  readonly taskId: string;
  readonly sandboxId: string;
  /** False for a sandbox that was never finished. */
  readonly complete: boolean;
  /** Whether its processes run. */
  readonly running: boolean;
}
