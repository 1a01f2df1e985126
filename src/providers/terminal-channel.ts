/** In characters. */
export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

export interface TerminalSpec extends TerminalSize {
  readonly taskId: string;
}

/** Who is told of what a terminal's shell puts out. */
export interface TerminalListener {
  output(bytes: Buffer): void;
  /** The last word. @param exitCode null where the shell did not end by itself: the sandbox has ended, say */
  ended(exitCode: number | null): void;
}

/** A shell in a sandbox, behind a terminal of its own. It ends when it is closed, and with the sandbox. */
export interface TerminalChannel {
  /** What is typed. Resolves when it has been handed over. */
  input(text: string): Promise<void>;
  resize(size: TerminalSize): void;
  /** Has the listener be told nothing (or again), so that what the shell puts out waits where it runs. */
  hold(isHeld: boolean): void;
  close(): Promise<void>;
}
