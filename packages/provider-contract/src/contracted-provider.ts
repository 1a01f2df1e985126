/**
 * A provider as far as the contract asks it: what each method promises is said in docs/providers.md. Whatever is made is
 * named for the ids that are given here, every call rejects with its signal's reason once that has fired, and failures
 * have a `code` and say whether they are `retryable`.
 */
export interface ContractedProvider {
  readonly id: string;
  findSandbox(taskId: string, signal: AbortSignal): Promise<MadeSandbox | null>;
  createSandbox(spec: SandboxWish, signal: AbortSignal): Promise<MadeSandbox>;
  /** Left out by providers that cannot: the contract then asks for no setup. */
  runSetup?(spec: SetupWish, signal: AbortSignal): Promise<{ readonly output: string }>;
  setupOutput?(taskId: string, signal: AbortSignal): Promise<string | null>;
  ensureAgent(spec: AgentWish, signal: AbortSignal): Promise<unknown>;
  findSession(spec: SessionWish, signal: AbortSignal): Promise<MadeSession | null>;
  createSession(spec: SessionWish, signal: AbortSignal): Promise<MadeSession>;
  attachSession(
    spec: SessionWish & {
      readonly agentSessionId: string | null;
      /** Told to an agent that begins anew: the end of what was said. */
      readonly recap: () => Promise<string>;
    },
    options: { readonly start: boolean },
    signal: AbortSignal,
  ): Promise<AttachedSession | null>;
  openedSessions(signal: AbortSignal): Promise<readonly SessionIds[]>;
  releaseSandbox(taskId: string, signal: AbortSignal): Promise<void>;
  destroySandbox(
    spec: { readonly taskId: string; readonly keepBranch: boolean },
    signal: AbortSignal,
  ): Promise<unknown>;
  listSandboxes(signal: AbortSignal): Promise<readonly ListedSandbox[]>;
  close(): Promise<void>;
}

export interface MadeSandbox {
  readonly sandboxId: string;
}

export interface MadeSession {
  /** The agent's own name for the session. */
  readonly agentSessionId: string;
}

export interface SessionIds {
  readonly taskId: string;
  readonly sessionId: string;
}

export interface SandboxWish {
  readonly taskId: string;
  readonly repoRemote: string;
  /** Does not exist in the repository yet. */
  readonly branchName: string;
}

export interface SetupWish {
  readonly taskId: string;
  readonly sandboxId: string;
  /** Lines for `/bin/sh`. */
  readonly commands?: string;
  /** The same number is the same try, asked for again. */
  readonly run: number;
}

export interface AgentWish {
  readonly taskId: string;
  readonly sandboxId: string;
  readonly agentType: string;
}

export interface SessionWish extends AgentWish {
  readonly sessionId: string;
}

export interface ListedSandbox {
  readonly taskId: string;
  readonly sandboxId: string;
  readonly complete: boolean;
  readonly running: boolean;
}

/** A way to speak to an agent. */
export interface AttachedSession {
  readonly agentSessionId: string;
  /** `same` where it is the very process that was there before. */
  readonly how: string;
  prompt(promptId: string, text: string, signal: AbortSignal): Promise<void>;
  /** What the agent does after the cursor, until the signal aborts. */
  events(after: number, signal: AbortSignal): AsyncIterable<AgentWord>;
}

/** What an agent does, as far as the contract looks at it. */
export interface AgentWord {
  readonly cursor: number;
  readonly type: string;
  /** Of `said`. */
  readonly text?: string;
  /** Of `turn_ended`. */
  readonly promptId?: string;
}
