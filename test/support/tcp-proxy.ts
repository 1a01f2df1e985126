import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What becomes of connections and of what is sent over them. */
export type ProxyMode =
  /** Everything passes. */
  | 'pass'
  /** Nobody listens: connections are refused, the open ones are reset. */
  | 'refuse'
  /** Connections are accepted and reset at once, the open ones too. */
  | 'reset'
  /** Connections are accepted and stay open; whatever is sent is swallowed, on the open ones for ever. */
  | 'black hole'
  /** What the client sends arrives; what the server says is swallowed, on the open ones for ever. */
  | 'half open';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  swallowsRequests: boolean;
  swallowsAnswers: boolean;
}

/** A TCP proxy to one port of 127.0.0.1 that misbehaves as it is told to: the network between a service and its stores. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private server?: Server;
  private mode: ProxyMode = 'pass';
  private readonly acceptedIn = new Map<ProxyMode, number>();
  /** So many milliseconds pass before an answer of the server goes on to the client. */
  latencyMs = 0;
  port = 0;

  private constructor(private readonly target: number) {}

  static async to(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await proxy.listen();
    return proxy;
  }

  /** The address with the target's port replaced by the proxy's. */
  through(url: string): string {
    return url.replace(`:${this.target}`, `:${this.port}`);
  }

  /** From now on; resolves when it is so. */
  async become(mode: ProxyMode): Promise<void> {
    this.mode = mode;
    if (mode === 'refuse') await this.close();
    else if (!this.server) await this.listen();
    if (mode === 'refuse' || mode === 'reset') this.resetAll();
    for (const pair of this.pairs) {
      pair.swallowsRequests ||= mode === 'black hole';
      pair.swallowsAnswers ||= mode === 'black hole' || mode === 'half open';
    }
  }

  /** How many connections were made to it while it was in this mode. */
  accepted(mode: ProxyMode): number {
    return this.acceptedIn.get(mode) ?? 0;
  }

  /** Resets the open connections; new ones are as before. */
  resetAll(): void {
    for (const { client, server } of this.pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    this.resetAll();
    await this.close();
  }

  private async listen(): Promise<void> {
    const server = createServer((client) => this.accept(client));
    this.server = server;
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(this.port, '127.0.0.1', resolve),
    );
    this.port = (server.address() as AddressInfo).port;
  }

  private async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.resetAll();
    await closed;
  }

  private accept(client: Socket): void {
    client.on('error', () => undefined);
    this.acceptedIn.set(this.mode, this.accepted(this.mode) + 1);
    if (this.mode === 'reset') {
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.target, '127.0.0.1');
    const pair: Pair = {
      client,
      server,
      swallowsRequests: this.mode === 'black hole',
      swallowsAnswers: this.mode === 'black hole' || this.mode === 'half open',
    };
    this.pairs.add(pair);
    client.on('data', (data) => {
      if (!pair.swallowsRequests) server.write(data);
    });
    server.on('data', (data) => {
      if (pair.swallowsAnswers) return;
      // Timers of one length fire in the order in which they were set: the bytes stay in order.
      if (this.latencyMs === 0) client.write(data);
      else setTimeout(() => client.writable && client.write(data), this.latencyMs);
    });
    client.on('close', () => {
      this.pairs.delete(pair);
      server.destroy();
    });
    server.on('error', () => undefined);
    // To be told of the end would be an answer.
    server.on('close', () => {
      if (!pair.swallowsAnswers) client.destroy();
    });
  }
}
