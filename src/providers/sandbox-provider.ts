import type { FailureCode } from '../events/failure-codes.js';
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

  /**
   * Told that the task got its name (stage ensure_name), before its sandbox is made; find-or-create like
   * the rest. Only for providers that keep something by then, so most leave it out.
   */
  nameSandbox?(taskId: string, signal: AbortSignal): Promise<void>;

  /** The task's sandbox if it is completely made, else null: half-made ones do not count. */
  findSandbox(taskId: string, signal: AbortSignal): Promise<SandboxRef | null>;

  /** Where a made checkout lies on this machine, whatever was said earlier; left out by those that keep none here. */
  placeOf?(taskId: string): string;

  /** Makes the task's sandbox with a checkout on its branch, or repairs a half-made one. */
  createSandbox(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxRef>;

  /** Makes sure that the sandbox's agent server answers and that the agent type is installed there. */
  ensureAgent(spec: AgentSpec, signal: AbortSignal): Promise<AgentRef>;

  /** The session made earlier for this session id if it (still) exists, else null. */
  findSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionRef | null>;

  /** Opens the session and, with a prompt, hands it that; does not wait for the answer. */
  createSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionRef>;

  /** What was said in the session so far, oldest first; empty when there is nothing (yet). */
  readSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionTranscript>;

  /**
   * Attaches to a session: at most one process is attached to it at a time, whichever dies. Waits for that. With
   * `start` an agent that is gone is started again; without, null is answered then. Detached when the signal aborts:
   * the agent goes on. Left out by providers whose sessions nobody can work in.
   */
  attachSession?(
    spec: AttachSpec,
    options: { readonly start: boolean },
    signal: AbortSignal,
  ): Promise<SessionChannel | null>;

  /**
   * The sessions that were opened here and not destroyed, nor released, unless the agent was ensured again since;
   * beside each `attachSession`.
   */
  openedSessions?(signal: AbortSignal): Promise<readonly OpenedSession[]>;

  /**
   * Tells of each open session that ends unasked: its agent is gone, or refused the prompt when the session was
   * open. Runs until the signal aborts. An end is told until `report` answers true, also after a restart. Left
   * out by providers that cannot see it: their sessions' ends show when they are read.
   */
  watchSessions?(report: (end: SessionEnd) => Promise<boolean>, signal: AbortSignal): Promise<void>;

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
  readonly repoRemote: string;
  /** The task's own branch, already reserved in the events; it does not exist in the repository yet. */
  readonly branchName: string;
  /** The branch (or tag) to start from; the remote's default branch when absent. */
  readonly onBranch?: string;
}

export interface SandboxRef {
  /** The provider's own stable name for the sandbox. */
  readonly sandboxId: string;
  /** The branch that the checkout was made on, where the provider knows it. */
  readonly branchName?: string;
  /** Where the checkout is, for people to look at; absent when it is not on this machine. */
  readonly path?: string;
  /** What people should know of the checkout: what is not in it, say. A sentence each. */
  readonly notices?: readonly string[];
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
  /** Handed over when the session is opened; without, it is only opened. */
  readonly prompt?: string;
}

export interface SessionRef {
  /** The agent's own name for the session. */
  readonly agentSessionId: string;
}

export interface SessionTranscript {
  readonly messages: readonly {
    readonly role: 'user' | 'agent';
    readonly text: string;
    /** Whether something that was said is missing; the text has a note in its place. */
    readonly truncated?: boolean;
  }[];
  /** `busy` while the agent works on a prompt, `idle` after its answer, `dead` when its process is gone. */
  readonly state: 'busy' | 'idle' | 'dead' | 'unknown';
}

export interface SessionEnd {
  readonly taskId: string;
  readonly sessionId: string;
  readonly code: FailureCode;
  readonly reason: string;
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
