import { untilReady } from './sandbox-socket.js';
import type { WebSocketLike } from './web-socket.js';

export interface PortHandlers {
  /**
   * What the program in the sandbox sends. The service waits until it is taken, which is when the promise (if one is returned)
   * resolves.
   */
  data(bytes: Uint8Array): void | Promise<void>;
  /** The program sends no more; it may still read. */
  end(): void;
  /** The last word. @param reason why, for people */
  closed(reason: string): void;
}

/** The service takes no more than that in one frame. */
const MOST_IN_A_FRAME = 32 << 10;
/** With more than that on its way, whoever writes is asked to wait. */
const MOST_BUFFERED = 1 << 20;
const LOOK_MS = 10;
/** So many bytes are told of together as taken. */
const TOLD_AT_ONCE = 32 << 10;

/** A connection to a port of a sandbox. */
export class PortConnection {
  private taken = 0;
  private hasEnded = false;

  private constructor(
    private readonly socket: WebSocketLike,
    private readonly handlers: PortHandlers,
  ) {}

  /** Resolves when something in the sandbox has taken the connection. Rejects with SlipwayError where there is to be none. */
  static async open(socket: WebSocketLike, handlers: PortHandlers): Promise<PortConnection> {
    const connection = new PortConnection(socket, handlers);
    await untilReady(socket, {
      bytes: (bytes) => connection.receive(bytes),
      frame: ({ event }) => {
        if (event === 'end') connection.ended();
      },
      closed: (reason) => handlers.closed(reason),
    });
    return connection;
  }

  /** Resolves when more may be written. */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length; at += MOST_IN_A_FRAME)
      this.socket.send(bytes.subarray(at, at + MOST_IN_A_FRAME));
    while (this.socket.bufferedAmount > MOST_BUFFERED)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }

  /** Sends no more; the program may still send. */
  end(): void {
    this.socket.send(JSON.stringify({ event: 'end' }));
  }

  /** Ends the connection. */
  close(): void {
    this.socket.close();
  }

  private receive(bytes: Uint8Array): void {
    void Promise.resolve(this.handlers.data(bytes)).then(() => {
      this.taken += bytes.length;
      this.tell();
    });
  }

  private ended(): void {
    this.hasEnded = true;
    this.tell();
    this.handlers.end();
  }

  private tell(): void {
    if (this.taken < (this.hasEnded ? 1 : TOLD_AT_ONCE)) return;
    this.socket.send(JSON.stringify({ event: 'taken', data: { bytes: this.taken } }));
    this.taken = 0;
  }
}
