import type { RawData, WebSocket } from 'ws';
import type { AdmittedSocket, PutOutCode } from '../../access/socket-admission.js';
import type { TerminalChannel, TerminalListener } from '../../providers/terminal-channel.js';
import { parseTerminalFrame, type TerminalFrame } from './terminal-frame.js';

/** With so many bytes not shown yet, the shell has to wait; it goes on when half of them are. */
const MOST_UNSHOWN = 512 << 10;
/** So much of what was typed may wait for the shell, in characters; more, and the client has to wait. */
const MOST_WAITING = 256 << 10;
const CLOSE_LIMIT_MS = 2_000;
/** Close codes: see RFC 6455, 7.4. */
const CLOSE = { normal: 1000, policy: 1008 } as const;
const LONGEST_REASON = 100;

/** Who is told of what becomes of a shell. */
export interface TerminalObserver {
  typed(): void;
  /** Called once. */
  over(): void;
}

/**
 * A client's socket to a shell: what the shell puts out as binary frames, all else as JSON. Neither side is sent more than the
 * other takes, and what nobody types into for long is closed.
 */
export class TerminalSocket implements TerminalListener, AdmittedSocket {
  private channel?: TerminalChannel;
  private observer?: TerminalObserver;
  private unshown = 0;
  private waiting = 0;
  private answered = true;
  private isOver = false;
  private idle?: NodeJS.Timeout;

  constructor(
    private readonly socket: WebSocket,
    private readonly idleMs: number,
  ) {
    // Nothing is read before there is a shell.
    socket.pause();
    socket.on('pong', () => (this.answered = true));
    socket.on('message', (data: RawData, isBinary: boolean) => this.receive(data, isBinary));
    socket.on('close', () => this.over());
  }

  /** The shell is there. */
  begin(channel: TerminalChannel, observer: TerminalObserver): void {
    this.channel = channel;
    this.observer = observer;
    if (this.isOver || this.socket.readyState !== this.socket.OPEN) return this.over();
    this.send('ready', {});
    this.rewind();
    this.socket.resume();
  }

  output(bytes: Buffer): void {
    if (this.isOver) return;
    this.unshown += bytes.length;
    this.socket.send(bytes);
    if (this.unshown >= MOST_UNSHOWN) this.channel?.hold(true);
  }

  ended(exitCode: number | null): void {
    if (this.isOver) return;
    this.send('exit', { exitCode });
    this.close(CLOSE.normal, exitCode === null ? 'the sandbox has ended' : 'the shell has ended');
  }

  /** It is not to be, or to be no longer. */
  refuse(code: string, message: string): void {
    this.send('error', { code, message });
    this.close(CLOSE.policy, message);
  }

  putOut(code: PutOutCode, message: string): void {
    this.refuse(code, message);
  }

  fail(error: unknown): void {
    const { code } = error as { code?: unknown };
    this.refuse(typeof code === 'string' ? code : 'unexpected', (error as Error).message);
  }

  checkLife(): void {
    if (!this.answered) return this.socket.terminate();
    // One that may not send just now cannot answer either.
    if (this.socket.isPaused) return;
    this.answered = false;
    this.socket.ping();
  }

  private receive(data: RawData, isBinary: boolean): void {
    const frame = isBinary ? null : parseTerminalFrame((data as Buffer).toString());
    if (frame === null) return this.refuse('malformed_frame', 'A frame makes no sense.');
    if (!this.isOver) this.heed(frame);
  }

  private heed(frame: TerminalFrame): void {
    const { channel } = this;
    if (channel === undefined) return;
    switch (frame.event) {
      case 'resize':
        return channel.resize(frame.data);
      case 'shown':
        this.unshown = Math.max(0, this.unshown - frame.data.bytes);
        if (this.unshown <= MOST_UNSHOWN / 2) channel.hold(false);
        return;
      case 'input': {
        const { length } = frame.data.text;
        this.rewind();
        this.observer?.typed();
        this.waiting += length;
        if (this.waiting > MOST_WAITING) this.socket.pause();
        void channel.input(frame.data.text).then(() => {
          this.waiting -= length;
          if (this.waiting <= MOST_WAITING && !this.isOver) this.socket.resume();
        });
      }
    }
  }

  /** The time without a key pressed begins anew. */
  private rewind(): void {
    clearTimeout(this.idle);
    const hours = `Nothing was typed for ${Math.round(this.idleMs / 60_000)} minutes.`;
    this.idle = setTimeout(() => this.refuse('terminal_idle', hours), this.idleMs).unref();
  }

  private send(event: string, data: object): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify({ event, data }));
  }

  private close(code: number, reason: string): void {
    this.over();
    this.socket.resume();
    this.socket.close(code, reason.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_REASON));
    setTimeout(() => this.socket.terminate(), CLOSE_LIMIT_MS).unref();
  }

  private over(): void {
    this.isOver = true;
    clearTimeout(this.idle);
    void this.channel?.close();
    this.observer?.over();
    this.channel = this.observer = undefined;
  }
}
