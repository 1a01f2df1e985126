import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface GitHostOptions {
  /** The folder with bare repositories; each is at `/<its path>`. */
  readonly root: string;
  readonly username?: string;
  readonly token?: string;
  /** Whether these, too, open the repository at the path (`owner/name`). */
  readonly opens?: (username: string, token: string, path: string) => boolean;
  /** Answers requests that are no git's. */
  readonly api?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** A git host on loopback over https: git's own http-backend behind basic auth. */
export class GitHost {
  /** `Authorization` headers that came, decoded. */
  readonly seen: string[] = [];
  /** What a receive-pack has been asked for so often. */
  pushes = 0;
  /** So many requests of git are answered with 503. */
  failures = 0;
  /** Where git is sent in place of an answer. */
  redirectTo?: string;
  token: string;

  private constructor(
    private readonly server: Server,
    private readonly folder: string,
    private readonly options: GitHostOptions,
  ) {
    this.token = options.token ?? 'right-token';
  }

  static async start(options: GitHostOptions): Promise<GitHost> {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-git-host-'));
    const [key, certificate] = [join(folder, 'key'), join(folder, 'certificate')];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=git-host'];
    const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
    execFileSync('openssl', [...made, '-addext', names, '-keyout', key, '-out', certificate], {
      stdio: 'ignore',
    });
    const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) });
    const host = new GitHost(server, folder, options);
    server.on('request', (request, response) => host.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return host;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** As credentials name it. */
  get name(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `https://${this.name}`;
  }

  /** The file with the certificate, for those who are to trust it. */
  get certificate(): string {
    return join(this.folder, 'certificate');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { authorization } = request.headers;
    if (authorization !== undefined) this.seen.push(decoded(authorization));
    const { pathname } = new URL(request.url!, this.url);
    if (!/\.git\//.test(pathname)) {
      if (this.options.api) return this.options.api(request, response);
      response.writeHead(404).end();
      return;
    }
    if (this.failures > 0) {
      this.failures--;
      response.writeHead(503).end();
      return;
    }
    if (this.redirectTo !== undefined) {
      response.writeHead(301, { location: this.redirectTo + request.url! }).end();
      return;
    }
    const [username = '', token = ''] = decoded(authorization ?? '').split(/:(.*)/s);
    const isRight = username === (this.options.username ?? 'git') && token === this.token;
    const path = pathname.slice(1).replace(/\.git\/.*$/, '');
    if (!isRight && !this.options.opens?.(username, token, path)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('no');
      return;
    }
    if (pathname.endsWith('/git-receive-pack')) this.pushes++;
    this.backend(request, response);
  }

  private backend(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, search } = new URL(request.url!, this.url);
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: this.options.root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        PATH_INFO: decodeURIComponent(pathname),
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        HTTP_GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
        REMOTE_USER: 'tester',
        REMOTE_ADDR: '127.0.0.1',
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    request.pipe(child.stdin).on('error', () => undefined);
    let head: Buffer | undefined = Buffer.alloc(0);
    child.stdout.on('data', (chunk: Buffer) => {
      if (head === undefined) return void response.write(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      let status = 200;
      for (const line of head.subarray(0, end).toString().split('\r\n')) {
        const [name = '', value = ''] = line.split(/:\s*/, 2);
        if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.writeHead(status);
      response.write(head.subarray(end + 4));
      head = undefined;
    });
    child.on('close', () => response.end());
  }
}

const decoded = (authorization: string): string =>
  authorization.startsWith('Basic ')
    ? Buffer.from(authorization.slice(6), 'base64').toString()
    : authorization;
