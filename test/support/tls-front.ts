import { readFileSync } from 'node:fs';
import {
  connect,
  constants,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificates.js';

const UNAUTHENTICATED = '16';

/** Speaks TLS, and asks for a user and a password, in front of an event store on a port of this machine that does neither. */
export class TlsFront {
  /** Calls that came with the right password, and without. */
  readonly calls = { right: 0, wrong: 0 };
  private readonly sessions = new Set<ServerHttp2Session>();

  private constructor(
    private readonly server: Http2SecureServer,
    private readonly behind: string,
    private readonly login: string,
  ) {}

  /** @param login as in an address: `user:password` */
  static async before(port: number, login: string, { cert, key }: Certificate): Promise<TlsFront> {
    const server = createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) });
    const front = new TlsFront(server, `http://127.0.0.1:${port}`, login);
    server.on('session', (session) => {
      front.sessions.add(session);
      session.on('close', () => front.sessions.delete(session)).on('error', () => undefined);
      const upstream = connect(front.behind);
      upstream.on('error', () => session.destroy());
      session.on('close', () => upstream.destroy());
      session.on('stream', (stream, headers) => front.pass(stream, headers, upstream));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    upstream: ReturnType<typeof connect>,
  ): void {
    stream.on('error', () => undefined);
    const expected = `Basic ${Buffer.from(this.login).toString('base64')}`;
    // What it can do a real server tells everybody as well.
    const isPublic = headers[':path']?.startsWith('/event_store.client.server_features.') === true;
    if (headers.authorization !== expected && !isPublic) {
      this.calls.wrong++;
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': UNAUTHENTICATED },
        { endStream: true },
      );
      return;
    }
    if (!isPublic) this.calls.right++;
    const { authorization: _, ...rest } = headers;
    const call = upstream.request({ ...rest, ':scheme': 'http' });
    call.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    stream.on('aborted', () => call.close(constants.NGHTTP2_CANCEL));
    let trailers: IncomingHttpHeaders = {};
    call.on('trailers', (told: IncomingHttpHeaders) => (trailers = told));
    call.on('response', (told, flags) => {
      if (stream.destroyed) return;
      if (flags & constants.NGHTTP2_FLAG_END_STREAM) return stream.respond(told, { endStream: true });
      stream.respond(told, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      call.pipe(stream);
    });
    stream.pipe(call);
  }
}
