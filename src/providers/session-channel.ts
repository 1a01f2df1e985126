/**
 * What passes between a session and whoever attends to it. The provider translates: agents speak ACP, these types do
 * not. Everything in them is bounded and checked by the provider; texts may hold anything a person or an agent wrote.
 */

/** The agent's numbers of its events, rising from 1, of one agent process. 0 is before the first. */
export type AgentCursor = number;

/** An option that the agent offers for a permission; `kind` says what it means. */
export interface PermissionOption {
  readonly optionId: string;
  readonly name: string;
  readonly kind: 'allow_once' | 'allow_always' | 'reject_once' | 'reject_always' | 'other';
}

/** What a tool call shows: text, a change of a file, or the name of a terminal. Long ones are cut in the middle with a mark. */
export type ToolContent =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'diff';
      readonly path: string;
      /** Null for a new file. */
      readonly oldText: string | null;
      readonly newText: string;
    }
  | { readonly type: 'terminal'; readonly terminalId: string };

/** A tool call, or what has changed of one: what is absent is as it was. */
export interface ToolCallChange {
  readonly toolCallId: string;
  readonly title?: string;
  /** `read`, `edit`, `execute`, … as the agent says. */
  readonly kind?: string;
  readonly status?: 'pending' | 'in_progress' | 'completed' | 'failed';
  readonly locations?: readonly { readonly path: string; readonly line?: number }[];
  readonly content?: readonly ToolContent[];
  /** What the tool put out; to be shown where the call shows nothing but texts that were there before. */
  readonly output?: string;
}

export interface Choice {
  readonly id: string;
  readonly name: string;
}

/** What a session can be set to; empty lists where the agent has none. */
export interface SessionChoices {
  readonly modes: readonly Choice[];
  readonly modeId?: string;
  readonly models: readonly Choice[];
  readonly model?: string;
}

export interface SessionUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Tokens in the agent's context, and how many fit. */
  readonly used?: number;
  readonly size?: number;
  readonly cost?: number;
  readonly currency?: string;
}

/** Why a turn ended: ACP's words, `failed` when the agent answered the prompt with an error. */
export type StopReason =
  'end_turn' | 'max_tokens' | 'max_turn_requests' | 'refusal' | 'cancelled' | 'failed' | 'other';

/**
 * What an agent does, in the order in which it does it. Cursors rise; only a tool call that a permission shows has the
 * number before that permission's: who goes on from there is told of the call again, and of the permission in any case.
 */
export type AgentEvent = { readonly cursor: AgentCursor } & (
  | { readonly type: 'said'; readonly text: string }
  | { readonly type: 'thought'; readonly text: string }
  | { readonly type: 'tool_call'; readonly change: ToolCallChange }
  | {
      readonly type: 'plan';
      readonly entries: readonly {
        readonly content: string;
        readonly status: 'pending' | 'in_progress' | 'completed';
      }[];
    }
  | {
      readonly type: 'permission';
      /** The agent's own id of its question, as text; unique for the agent process. */
      readonly requestId: string;
      readonly toolCallId?: string;
      readonly title: string;
      readonly options: readonly PermissionOption[];
      /** Whether it is about changing files: what `allow_edits` answers. */
      readonly isEdit: boolean;
    }
  | { readonly type: 'choices'; readonly choices: Partial<SessionChoices> }
  | { readonly type: 'usage'; readonly usage: SessionUsage }
  | {
      readonly type: 'turn_ended';
      readonly promptId: string;
      readonly stopReason: StopReason;
      readonly usage?: SessionUsage;
      /** What the agent answered in place of working, when it failed. */
      readonly failure?: { readonly code?: number; readonly message: string };
    }
  /** A request that nobody here serves; the provider has answered it. */
  | { readonly type: 'unserved'; readonly method: string }
  /** Events that the agent's server did not keep. */
  | { readonly type: 'gap'; readonly missing?: number }
  /** The agent process has ended; nothing comes after it. */
  | { readonly type: 'exited'; readonly reason: string }
);

/** A way to speak to an agent. Calls reject with a ProviderError; none waits for the agent's work. */
export interface SessionChannel {
  /** The agent process that this is, different for each: cursors of another one say nothing here. */
  readonly instance: string;
  readonly agentSessionId: string;
  /**
   * How it came about: the very process that was there before, a new one that took the session up again with what
   * it knew (`load`, `resume`), or a new one that knows nothing of it (`anew`).
   */
  readonly how: 'same' | 'load' | 'resume' | 'anew';
  /** Absent with `same`: an agent process that opens a session tells them as its first event of type `choices`. */
  readonly choices?: SessionChoices;
  /**
   * Hands a prompt over; its end comes as `turn_ended` with this id. Resolves when the agent's server has it. Calling it
   * again for a prompt that the server has is an error of the caller's.
   */
  prompt(promptId: string, text: string, signal: AbortSignal): Promise<void>;
  /** Asks the agent to stop its turn. Harmless when there is none. */
  cancel(signal: AbortSignal): Promise<void>;
  /** Answers a permission; `null` for cancelled. Harmless when it has been answered. */
  answer(requestId: string, optionId: string | null, signal: AbortSignal): Promise<void>;
  setMode(modeId: string, signal: AbortSignal): Promise<void>;
  setModel(model: string, signal: AbortSignal): Promise<void>;
  /** Ends the agent process, for one that does not listen; `exited` follows. */
  end(signal: AbortSignal): Promise<void>;
  /**
   * What the agent does, after the given cursor: first what its server still has, then live. Ends after `exited`, and
   * when the signal aborts. Lost connections to a server that lives are made again inside; a hole is told as `gap`.
   */
  events(after: AgentCursor, signal: AbortSignal): AsyncIterable<AgentEvent>;
}

/** A session that was opened here and whose sandbox is here, with its agent or without. */
export interface OpenedSession {
  readonly taskId: string;
  readonly sessionId: string;
}

export interface AttachSpec {
  readonly taskId: string;
  readonly sandboxId: string;
  readonly agentType: string;
  readonly sessionId: string;
  /** The agent's name for the session as it was last stored; its work is taken up again where the agent can. */
  readonly agentSessionId: string | null;
  /** Told to an agent that begins anew: the end of what was said. */
  readonly recap: () => Promise<string>;
}
