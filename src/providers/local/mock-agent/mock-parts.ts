/** What the parts of the mock agent's program know of each other. Types only: they run without modules of ours. */

/** A conversation as the mock keeps it, in memory and in its file. */
export interface MockSession {
  readonly sessionId: string;
  readonly cwd: string;
  modeId: string;
  model: string;
  /** Kinds of tool calls that are allowed for good. */
  readonly allowed: string[];
  readonly history: { role: 'user' | 'agent'; text: string }[];
}

/** The agent's side of one prompt. Whatever waits ends when the turn is cancelled. */
export interface MockTurn {
  readonly session: MockSession;
  readonly signal: AbortSignal;
  /** Sends a session/update. */
  update(update: object): void;
  say(text: string): void;
  sleep(ms: number): Promise<void>;
  /** Asks the client something and waits for its reply. */
  request(method: string, params: object): Promise<{ result?: unknown; error?: { code?: number } }>;
  /** Ends the turn as cancelled. */
  cancel(): never;
  /** Ends the turn with an error. */
  fail(code: number, message: string): never;
  /** Ends the agent. */
  exit(code: number): Promise<never>;
}

/** What the agent does with what it was asked. */
export type MockWork = (asked: string, turn: MockTurn) => Promise<void>;
