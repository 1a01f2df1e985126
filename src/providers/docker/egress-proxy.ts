import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { LRUCache } from 'lru-cache';
import { listenIn } from '../../platform/plain-sockets.js';
import { resolveHost } from '../../platform/resolve-host.js';
import type { LocalLog } from '../local/local-log.js';
import { makeFolders } from '../local/sandbox-files.js';
import type { EgressRules } from './egress-rules.js';
import { EGRESS_SOCKET } from './sandbox-view.js';

const CONNECT_MS = 20_000;
const MOST_CONNECTIONS = 4_096;
/** Of one host it is said once that it was refused. */
const REMEMBERED = 1_000;
/** What concerns the way to us, not the request. */
const OURS = /^(proxy-.*|connection|keep-alive|te|trailer|upgrade)$/i;

class RefusedError extends Error {}

/**
 * The only way out of sandboxes: a proxy on a socket in a folder that they see. It looks names up itself and connects to an
 * address that it has checked, so neither a name's second answer nor a spelling leads elsewhere.
 */
export class EgressProxy {
  private server?: Promise<Server>;
  private readonly said = new LRUCache<string, true>({ max: REMEMBERED });

  /** @param folder where its socket lies */
  constructor(
    readonly folder: string,
    private readonly rules: EgressRules,
    private readonly log?: LocalLog,
    private readonly resolve: (host: string) => Promise<readonly string[]> = resolveHost,
  ) {}

  /** Resolves when it listens; one that an earlier process left is replaced. */
  async listen(): Promise<void> {
    this.server ??= this.open().catch((error: unknown) => {
      this.server = undefined;
      throw error;
    });
    await this.server;
  }

  async close(): Promise<void> {
    const server = await this.server?.catch(() => undefined);
    server?.close();
    server?.closeAllConnections();
  }

  private async open(): Promise<Server> {
    await makeFolders(this.folder);
    // The folder is seen by sandboxes alone: those above it are ours.
    await chmod(this.folder, 0o755);
    const socket = join(this.folder, EGRESS_SOCKET);
    await rm(socket, { force: true });
    const server = createServer({ requestTimeout: 0 }, (asked, answer) => void this.forward(asked, answer));
    server.maxConnections = MOST_CONNECTIONS;
    server.on('connect', (asked: IncomingMessage, client: Duplex, head: Buffer) => {
      void this.tunnel(asked.url ?? '', client, head);
    });
    await listenIn(server, this.folder, EGRESS_SOCKET);
    server.unref();
    await chmod(socket, 0o666);
    return server;
  }

  /** `CONNECT host:port`: what is said through it is nobody's business. */
  private async tunnel(authority: string, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => client.destroy());
    try {
      const { hostname, port } = new URL(`tunnel://${authority}`);
      const upstream = await this.reach(hostname, Number(port));
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
      client.on('close', () => upstream.destroy());
      client.pipe(upstream).pipe(client);
    } catch (error) {
      const { status, text } = answerTo(error);
      const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nConnection: close\r\n`;
      client.end(`${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    }
  }

  /** `GET http://host/path`. */
  private async forward(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    try {
      const url = new URL(asked.url ?? '');
      if (url.protocol !== 'http:') throw new RefusedError('Only http: is asked for this way; use CONNECT.');
      const socket = await this.reach(url.hostname, Number(url.port || 80));
      const headers = Object.fromEntries(Object.entries(asked.headers).filter(([name]) => !OURS.test(name)));
      const passed = request({
        method: asked.method,
        path: `${url.pathname}${url.search}`,
        headers: { ...headers, host: url.host, connection: 'close' },
        createConnection: () => socket,
      });
      passed.on('error', () => answer.destroy());
      answer.on('close', () => passed.destroy());
      passed.on('response', (got) => {
        const back = Object.entries(got.headers).filter(([name]) => !OURS.test(name));
        answer.writeHead(got.statusCode ?? 502, Object.fromEntries(back));
        got.on('error', () => answer.destroy());
        got.pipe(answer);
      });
      asked.pipe(passed);
    } catch (error) {
      const { status, text } = answerTo(error);
      answer.writeHead(Number(status.slice(0, 3)), { 'content-type': 'text/plain', connection: 'close' });
      answer.end(text);
    }
  }

  /** A connection to an address of the host that may be reached. */
  private async reach(hostname: string, port: number): Promise<Socket> {
    const host = hostname.replace(/^\[|\]$/g, '');
    if (host === '' || !Number.isInteger(port) || port < 1)
      throw new RefusedError('That is no host and port.');
    const refusal = this.rules.refusalOf(host, port);
    if (refusal !== null) throw this.refused(host, port, refusal);
    const addresses = isIP(host) === 0 ? await this.resolve(host) : [host];
    const address = addresses.find((each) => this.rules.mayConnect(each, port));
    if (address === undefined)
      throw this.refused(host, port, `${host} is at no public address, nor at one that is listed as such.`);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address, port, timeout: CONNECT_MS });
      socket.once('error', reject);
      socket.once('timeout', () => socket.destroy(new Error('it does not answer')));
      socket.once('connect', () => {
        socket.setTimeout(0);
        socket.removeListener('error', reject);
        resolve(socket);
      });
    });
  }

  private refused(host: string, port: number, why: string): RefusedError {
    const what = `${host}:${port}`;
    if (!this.said.has(what))
      this.log?.info({ host: host.slice(0, 255), port }, 'a sandbox may not reach that host');
    this.said.set(what, true);
    return new RefusedError(`Slipway: ${why}`);
  }
}

function answerTo(error: unknown): { readonly status: string; readonly text: string } {
  const reason = error instanceof Error ? error.message : String(error);
  return error instanceof RefusedError
    ? { status: '403 Forbidden', text: `${reason}\n` }
    : { status: '502 Bad Gateway', text: `Slipway: the host could not be reached (${reason}).\n` };
}
