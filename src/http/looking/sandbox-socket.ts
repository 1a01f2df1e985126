import type { RawData, WebSocket } from 'ws';
import type { AdmittedSocket, PutOutCode } from '../../access/socket-admission.js';

const CLOSE_LIMIT_MS = 2_000;
/** Close codes: see RFC 6455, 7.4. */
export const CLOSE = { normal: 1000, policy: 1008 } as const;
const LONGEST_REASON = 100;

/** A client's socket to something in a sandbox: its bytes as binary frames, all else as JSON. */
export abstract class SandboxSocket implements AdmittedSocket {
  protected isOver = false;
  private answered = true;

  constructor(protected readonly socket: WebSocket) {
    // Nothing is read before there is something to read it for.
    socket.pause();
    socket.on('pong', () => (this.answered = true));
    socket.on('message', (data: RawData, isBinary: boolean) => this.receive(data as Buffer, isBinary));
    socket.on('close', () => this.over());
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

  protected abstract receive(data: Buffer, isBinary: boolean): void;

  /** Lets go of what is in the sandbox. Called at least once. */
  protected abstract release(): void;

  /** Whether what was opened in the sandbox still has a client; tells it so, and lets go of it where not. */
  protected isReady(): boolean {
    if (this.isOver || this.socket.readyState !== this.socket.OPEN) {
      this.over();
      return false;
    }
    this.send('ready', {});
    this.socket.resume();
    return true;
  }

  protected send(event: string, data: object): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify({ event, data }));
  }

  protected close(code: number, reason: string): void {
    this.over();
    this.socket.resume();
    this.socket.close(code, reason.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_REASON));
    setTimeout(() => this.socket.terminate(), CLOSE_LIMIT_MS).unref();
  }

  protected over(): void {
    this.isOver = true;
    this.release();
  }
}
