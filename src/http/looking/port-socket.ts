import { Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { Duplex } from 'node:stream';
import { parseFrame } from './parse-frame.js';
import { CLOSE, SandboxSocket } from './sandbox-socket.js';

/** With so many bytes not taken yet, the program in the sandbox has to wait; it goes on when half of them are. */
const MOST_UNTAKEN = 512 << 10;

const Frame = Type.Union([
  /** So many bytes of what came from the sandbox have been taken. */
  Type.Object({
    event: Type.Literal('taken'),
    data: Type.Object({ bytes: Type.Integer({ minimum: 1, maximum: 1 << 30 }) }),
  }),
  /** The client sends no more. */
  Type.Object({ event: Type.Literal('end') }),
]);
const isFrame = TypeCompiler.Compile(Frame);

/** A client's socket to a port of a sandbox: one connection. Neither side is sent more than the other takes. */
export class PortSocket extends SandboxSocket {
  private upstream?: Duplex;
  private onOver?: () => void;
  private untaken = 0;
  private hasEnded = false;

  /** The connection is there. @param onOver called once, when it is over */
  begin(upstream: Duplex, onOver: () => void): void {
    this.upstream = upstream;
    this.onOver = onOver;
    upstream.on('error', () => upstream.destroy());
    upstream.on('close', () => this.closeWhenTaken());
    upstream.on('drain', () => this.socket.resume());
    if (!this.isReady()) return;
    upstream.on('data', (bytes: Buffer) => this.pass(bytes));
    upstream.on('end', () => {
      this.hasEnded = true;
      this.send('end', {});
    });
  }

  private pass(bytes: Buffer): void {
    if (this.isOver) return;
    this.untaken += bytes.length;
    this.socket.send(bytes);
    if (this.untaken >= MOST_UNTAKEN) this.upstream?.pause();
  }

  protected receive(data: Buffer, isBinary: boolean): void {
    if (this.isOver || this.upstream === undefined) return;
    if (isBinary) {
      if (!this.upstream.writableEnded && !this.upstream.write(data)) this.socket.pause();
      return;
    }
    const frame = parseFrame(isFrame, data.toString());
    if (frame === null) return this.refuse('malformed_frame', 'A frame makes no sense.');
    if (frame.event === 'end') return void this.upstream.end();
    this.untaken = Math.max(0, this.untaken - frame.data.bytes);
    if (this.upstream.destroyed) return this.closeWhenTaken();
    if (this.untaken <= MOST_UNTAKEN / 2) this.upstream.resume();
  }

  /** A client on a slow line is given what it still waits for. */
  private closeWhenTaken(): void {
    const waits = this.hasEnded && this.untaken > 0;
    if (!this.isOver && !waits) this.close(CLOSE.normal, 'the connection has ended');
  }

  protected release(): void {
    this.upstream?.destroy();
    this.onOver?.();
    this.upstream = this.onOver = undefined;
  }
}
