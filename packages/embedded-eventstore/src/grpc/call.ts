import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { Deframer } from './frames.js';
import { GrpcError, Status } from './status.js';

/** Largest request message, in bytes: the append limit is far below; this only bounds memory. */
const MAX_MESSAGE = 17 * 1024 * 1024;

/** Time that a client gets to close its side of a call that has ended. */
const CLOSE_AFTER_MS = 1_000;

/**
 * Percent-encodes what a header may not carry and nothing else, as gRPC does it with `grpc-message`: clients decode
 * no more than that.
 */
const headerValue = (text: string) =>
  text.replace(/[^\x20-\x24\x26-\x7e]/gu, (char) => encodeURIComponent(char.toWellFormed()));

/**
 * One gRPC call on a raw HTTP/2 stream. All that is sent in the same turn of the event loop goes out in one
 * write, which is the reason for not using a ready-made server: those write message by message.
 */
export class GrpcCall {
  /** Called once with each request message; set by the handler before it returns. */
  onMessage: (message: Buffer) => void = () => undefined;
  /** Called when the client has sent its last message. */
  onEnd: () => void = () => undefined;

  private readonly deframer = new Deframer(MAX_MESSAGE);
  private readonly closeListeners: (() => void)[] = [];
  private outbox: Buffer[] = [];
  private ended = false;

  constructor(
    private readonly stream: ServerHttp2Stream,
    readonly headers: IncomingHttpHeaders,
  ) {
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    stream.on('end', () => {
      // Of a call that was refused half way through nothing may happen any more.
      if (!this.ended) this.guard(() => this.onEnd());
    });
    // Resets and broken connections end in 'close'; the error itself tells nothing more.
    stream.on('error', () => undefined);
    stream.on('close', () => {
      this.ended = true;
      for (const listener of this.closeListeners.splice(0)) listener();
    });
  }

  get closed(): boolean {
    return this.ended;
  }

  /** The name that the client gave its connection. */
  get connectionName(): string {
    return String(this.headers['connection-name'] ?? '');
  }

  /** host:port of the client. */
  get peer(): string {
    const socket = this.stream.session?.socket;
    return socket ? `${socket.remoteAddress}:${socket.remotePort}` : '';
  }

  onClose(listener: () => void): void {
    if (this.stream.closed) listener();
    else this.closeListeners.push(listener);
  }

  /** Queues whole frames; false when the client reads slower than we write: wait for `drained`. */
  send(frames: Buffer): boolean {
    if (this.ended) return true;
    if (this.outbox.length === 0) process.nextTick(() => this.flush());
    this.outbox.push(frames);
    return this.stream.writableLength < this.stream.writableHighWaterMark;
  }

  /** Resolves when the client has taken what was sent, or is gone. */
  async drained(): Promise<void> {
    this.flush();
    if (this.ended || !this.stream.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.stream.off('drain', done);
        this.stream.off('close', done);
        resolve();
      };
      this.stream.on('drain', done);
      this.stream.on('close', done);
    });
  }

  /** Stops (or goes on) reading requests: back-pressure towards the client. */
  pauseReading(paused: boolean): void {
    if (paused) this.stream.pause();
    else this.stream.resume();
  }

  /** Ends the call well, or with `error`. */
  end(error?: unknown): void {
    if (this.ended) return;
    this.flush();
    this.ended = true;
    const trailers = statusTrailers(error);
    if (this.stream.destroyed) return;
    if (!this.stream.headersSent) {
      this.stream.respond({ ...responseHeaders, ...trailers }, { endStream: true });
      return;
    }
    this.stream.once('wantTrailers', () => {
      this.stream.sendTrailers(trailers);
      // A client closes its side when it has the status. A reset at once could overtake it on the way.
      setTimeout(() => this.stream.close(constants.NGHTTP2_NO_ERROR), CLOSE_AFTER_MS).unref();
    });
    this.stream.end();
  }

  /** Runs a handler; what it throws becomes the status of the call. */
  guard(run: () => void | Promise<void>): void {
    try {
      const running = run();
      if (running) running.catch((error: unknown) => this.end(error));
    } catch (error) {
      this.end(error);
    }
  }

  private flush(): void {
    if (this.outbox.length === 0 || this.stream.destroyed) return;
    if (!this.stream.headersSent) this.stream.respond(responseHeaders, { waitForTrailers: true });
    const frames = this.outbox;
    this.outbox = [];
    this.stream.write(frames.length === 1 ? frames[0]! : Buffer.concat(frames));
  }

  private receive(chunk: Buffer): void {
    if (this.ended) return;
    this.guard(() => {
      let messages: Buffer[];
      try {
        messages = this.deframer.push(chunk);
      } catch (error) {
        throw new GrpcError(Status.RESOURCE_EXHAUSTED, (error as Error).message);
      }
      for (const message of messages) this.onMessage(message);
    });
  }
}

const responseHeaders = { ':status': 200, 'content-type': 'application/grpc' };

function statusTrailers(error: unknown): Record<string, string | number> {
  if (error === undefined) return { 'grpc-status': Status.OK };
  const known =
    error instanceof GrpcError
      ? error
      : error instanceof RangeError
        ? new GrpcError(Status.INVALID_ARGUMENT, error.message)
        : new GrpcError(Status.UNKNOWN, error instanceof Error ? error.message : String(error));
  const trailers: Record<string, string | number> = {
    'grpc-status': known.code,
    'grpc-message': headerValue(known.message),
  };
  for (const [key, value] of Object.entries(known.trailers)) trailers[key] = headerValue(value);
  return trailers;
}
