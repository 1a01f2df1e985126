import type { WebSocket } from 'ws';

/** More bytes than this waiting to be sent, and the client counts as slow. */
const HIGH_WATER = 256 * 1_024;
/** A client that stays slow for so long is dropped. */
const SLOW_LIMIT_MS = 15_000;
/** How long a peer may take to answer a close. */
const CLOSE_LIMIT_MS = 2_000;

const TEXT = { binary: false };

/** Close codes: see RFC 6455, 7.4. */
export const CLOSE = { policy: 1008, restart: 1012, tryAgainLater: 1013 } as const;

/** One client's socket, with its back-pressure. */
export class LiveSocket {
  private waiting: (() => void)[] = [];
  private slowTimer?: NodeJS.Timeout;
  private answered = true;

  constructor(private readonly socket: WebSocket) {
    socket.on('pong', () => (this.answered = true));
    socket.on('close', () => this.release());
  }

  get open(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** The client does not take what it was sent: send nothing more that can be left out. */
  get full(): boolean {
    return this.slowTimer !== undefined;
  }

  /** Sends a text frame; as a buffer where the same one goes to many. */
  send(frame: string | Buffer): void {
    if (!this.open) return;
    if (this.full || this.socket.bufferedAmount + frame.length <= HIGH_WATER) {
      this.socket.send(frame, TEXT);
      return;
    }
    this.slowTimer = setTimeout(() => this.drop(), SLOW_LIMIT_MS);
    // Called when this frame, and so everything before it, has been taken.
    this.socket.send(frame, TEXT, () => this.release());
  }

  /** Resolves when the client has taken what it was sent, or is gone. */
  drained(): Promise<void> {
    if (!this.full || !this.open) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The client is too slow: it is told so, and gone soon, whether it listens or not. */
  drop(): void {
    this.close(CLOSE.tryAgainLater, 'too slow: reconnect and subscribe with the last position as "after"');
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), CLOSE_LIMIT_MS).unref();
    this.release();
  }

  /** Ends the connection of a peer that has not answered the ping before; pings all others. */
  checkLife(): void {
    if (!this.answered) {
      this.socket.terminate();
      return;
    }
    this.answered = false;
    this.socket.ping();
  }

  private release(): void {
    clearTimeout(this.slowTimer);
    this.slowTimer = undefined;
    const waiting = this.waiting;
    this.waiting = [];
    for (const resume of waiting) resume();
  }
}
