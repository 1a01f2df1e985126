import { untilReady } from './sandbox-socket.js';
import type { WebSocketLike } from './web-socket.js';

/** In characters. */
export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

/** How a terminal ended. */
export interface TerminalEnd {
  /** The shell's exit code; null where it did not end by itself. */
  readonly exitCode: number | null;
  /** Why, for people. */
  readonly reason: string;
}

export interface TerminalHandlers {
  /**
   * What the shell puts out, as a terminal obeys it: show it in none that may not be told what to do. The service waits until
   * it is shown, which is when the promise (if one is returned) resolves.
   */
  output(bytes: Uint8Array): void | Promise<void>;
  ended(end: TerminalEnd): void;
}

/** The service takes no more than that in one frame, in characters. */
const MOST_TYPED = 8_192;
/** So many bytes are told of together as shown. */
const TOLD_AT_ONCE = 32 << 10;

/** A shell in a sandbox. */
export class Terminal {
  private shown = 0;
  private exitCode: number | null = null;

  private constructor(
    private readonly socket: WebSocketLike,
    private readonly handlers: TerminalHandlers,
  ) {}

  /** Resolves when the shell is there. Rejects with SlipwayError where there is to be none. */
  static async open(socket: WebSocketLike, handlers: TerminalHandlers): Promise<Terminal> {
    const terminal = new Terminal(socket, handlers);
    await untilReady(socket, {
      bytes: (bytes) => terminal.receive(bytes),
      frame: ({ event, exitCode }) => {
        if (event === 'exit') terminal.exitCode = typeof exitCode === 'number' ? exitCode : null;
      },
      closed: (reason) => handlers.ended({ exitCode: terminal.exitCode, reason }),
    });
    return terminal;
  }

  /** Types into it. */
  write(text: string): void {
    // Pieces cut no character in two.
    for (let at = 0; at < text.length;) {
      let end = Math.min(text.length, at + MOST_TYPED);
      if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1]!)) end--;
      this.send('input', { text: text.slice(at, end) });
      at = end;
    }
  }

  resize({ cols, rows }: TerminalSize): void {
    this.send('resize', { cols, rows });
  }

  /** Ends the shell. */
  close(): void {
    this.socket.close();
  }

  private receive(bytes: Uint8Array): void {
    void Promise.resolve(this.handlers.output(bytes)).then(() => {
      this.shown += bytes.length;
      if (this.shown < TOLD_AT_ONCE) return;
      this.send('shown', { bytes: this.shown });
      this.shown = 0;
    });
  }

  private send(event: string, data: object): void {
    this.socket.send(JSON.stringify({ event, data }));
  }
}
