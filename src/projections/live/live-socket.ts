import type { WebSocket } from 'ws';
import type { AdmittedSocket, PutOutCode } from '../../access/socket-admission.js';

/** More bytes than this waiting to be sent, and the client counts as slow. */
const HIGH_WATER = 256 * 1_024;
/** A client that stays slow for so long is dropped. */
const SLOW_LIMIT_MS = 15_000;
/** How long a peer may take to answer a close. */
const CLOSE_LIMIT_MS = 2_000;

const TEXT = { binary: false };

/** Close codes: see RFC 6455, 7.4. */
export const CLOSE = { policy: 1008, restart: 1012, tryAgainLater: 1013 } as const;
const CLOSE_OF: Readonly<Record<PutOutCode, number>> = {
  not_authenticated: CLOSE.policy,
  too_many_sockets: CLOSE.tryAgainLater,
  restarting: CLOSE.restart,
};

/** One client's socket, with its back-pressure. */
export class LiveSocket implements AdmittedSocket {
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
    // The answer to a close has to be read.
    this.hold(false);
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), CLOSE_LIMIT_MS).unref();
    this.release();
  }

  putOut(code: PutOutCode, message: string): void {
    this.close(CLOSE_OF[code], message);
  }

  /** Nothing more is read of it, until it is let go. */
  hold(isHeld: boolean): void {
    if (isHeld === this.socket.isPaused) return;
    if (isHeld) this.socket.pause();
    else this.socket.resume();
  }

  /** More came, for longer, than anybody means. */
  flooded(): void {
    this.close(CLOSE.policy, 'too many frames a second for too long');
  }

  checkLife(): void {
    if (!this.answered) {
      this.socket.terminate();
      return;
    }
    // One that is not read just now may have answered.
    if (this.socket.isPaused) return;
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
