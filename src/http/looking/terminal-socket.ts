import type { WebSocket } from 'ws';
import type { TerminalChannel, TerminalListener } from '../../providers/terminal-channel.js';
import { CLOSE, SandboxSocket } from './sandbox-socket.js';
import { parseTerminalFrame, type TerminalFrame } from './terminal-frame.js';

/** With so many bytes not shown yet, the shell has to wait; it goes on when half of them are. */
const MOST_UNSHOWN = 512 << 10;
/** So much of what was typed may wait for the shell, in characters; more, and the client has to wait. */
const MOST_WAITING = 256 << 10;

/** Who is told of what becomes of a shell. */
export interface TerminalObserver {
  typed(): void;
  /** Called once. */
  over(): void;
}

/**
 * A client's socket to a shell. Neither side is sent more than the other takes, and what nobody types into for long is closed.
 */
export class TerminalSocket extends SandboxSocket implements TerminalListener {
  private channel?: TerminalChannel;
  private observer?: TerminalObserver;
  private unshown = 0;
  private waiting = 0;
  private idle?: NodeJS.Timeout;

  constructor(
    socket: WebSocket,
    private readonly idleMs: number,
  ) {
    super(socket);
  }

  /** The shell is there. */
  begin(channel: TerminalChannel, observer: TerminalObserver): void {
    this.channel = channel;
    this.observer = observer;
    if (this.isReady()) this.rewind();
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

  protected receive(data: Buffer, isBinary: boolean): void {
    const frame = isBinary ? null : parseTerminalFrame(data.toString());
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

  protected release(): void {
    clearTimeout(this.idle);
    void this.channel?.close();
    this.observer?.over();
    this.channel = this.observer = undefined;
  }
}
