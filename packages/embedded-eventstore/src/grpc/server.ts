import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { GrpcCall } from './call.js';
import { frame } from './frames.js';
import { GrpcError, Status } from './status.js';

/** Handles one call; the path is `/package.Service/Method`. */
export type Handler = (call: GrpcCall) => void;

const KEEP_ALIVE_MS = 10_000;
const SESSION_WINDOW = 16 * 1024 * 1024;

/** A message of the generated code, as far as answering needs it. */
interface Encodable {
  serializeBinary(): Uint8Array;
}

/** A handler for one request message and one answer. */
export function unary<Request>(
  decode: (bytes: Uint8Array) => Request,
  answer: (request: Request, call: GrpcCall) => Encodable | Promise<Encodable>,
): Handler {
  return (call) => {
    call.onMessage = (message) =>
      call.guard(async () => {
        const response = await answer(decode(message), call);
        call.send(frame(response.serializeBinary()));
        call.end();
      });
  };
}

/** A plain-text HTTP/2 server that dispatches gRPC calls by their path. */
export class GrpcServer {
  private readonly http: Http2Server;
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly calls = new Set<GrpcCall>();

  constructor(handlers: ReadonlyMap<string, Handler>) {
    this.http = createServer({
      // What waits for a slow client is bounded per call by back-pressure, not by resetting its connection.
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
      settings: { initialWindowSize: 1024 * 1024, maxConcurrentStreams: 100_000 },
    });
    this.http.on('session', (session) => this.watch(session));
    this.http.on('stream', (stream, headers) => {
      const call = new GrpcCall(stream, headers);
      this.calls.add(call);
      call.onClose(() => this.calls.delete(call));
      const path = String(headers[':path']);
      const handler = handlers.get(path);
      call.guard(() => {
        if (!handler)
          throw new GrpcError(Status.UNIMPLEMENTED, `${path} is not offered by the embedded node.`);
        handler(call);
      });
    });
  }

  /** Starts serving and gives the port. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, host, () => resolve((this.http.address() as AddressInfo).port));
    });
  }

  /**
   * Ends every call with UNAVAILABLE: a client whose call ends well would wait for ever for appends that it has
   * sent and that were not answered.
   */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    for (const call of this.calls) call.end(new GrpcError(Status.UNAVAILABLE, 'The node is shutting down.'));
    for (const session of this.sessions) session.close();
    const impatient = setTimeout(() => {
      for (const session of this.sessions) session.destroy();
    }, 300);
    await closed;
    clearTimeout(impatient);
  }

  private watch(session: ServerHttp2Session): void {
    this.sessions.add(session);
    session.setLocalWindowSize(SESSION_WINDOW);
    let answered = true;
    const keepAlive = setInterval(() => {
      if (!answered) return session.destroy();
      answered = false;
      session.ping(() => (answered = true));
    }, KEEP_ALIVE_MS);
    session.on('error', () => undefined);
    session.on('close', () => {
      clearInterval(keepAlive);
      this.sessions.delete(session);
    });
  }
}
