import { startEventStore, type EventStoreNode } from '@slipway/embedded-eventstore';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RowsServer } from './rows-server.js';
import { TcpProxy } from './tcp-proxy.js';

/** An event store and a PostgreSQL that are not the service's own, each behind a proxy that can be told to misbehave. */
export class OutsideStores {
  private constructor(
    private readonly dataDir: string,
    private node: EventStoreNode,
    readonly rows: RowsServer,
    readonly toEvents: TcpProxy,
    readonly toRows: TcpProxy,
    /** The database's address, past the proxy. */
    readonly databaseUrl: string,
  ) {}

  static async start(): Promise<OutsideStores> {
    const dataDir = await mkdtemp(join(tmpdir(), 'slipway-outside-'));
    const [node, rows] = await Promise.all([startNode(join(dataDir, 'events')), RowsServer.start()]);
    const databaseUrl = await rows.createDatabase();
    const toEvents = await TcpProxy.to(node.port);
    const toRows = await TcpProxy.to(Number(new URL(databaseUrl).port));
    return new OutsideStores(dataDir, node, rows, toEvents, toRows, databaseUrl);
  }

  /** The event store's address, past the proxy. */
  get eventStoreUrl(): string {
    return this.node.url;
  }

  /** The settings of a service that uses these stores through the proxies. */
  get settings(): Record<string, string> {
    return {
      EVENTSTORE_URL: this.toEvents.through(this.node.url),
      DATABASE_URL: this.toRows.through(this.databaseUrl),
    };
  }

  /** The event store's process ends in good order. */
  async stopEvents(): Promise<void> {
    await this.node.stop();
  }

  /** kill -9 of the event store. */
  async killEvents(): Promise<void> {
    process.kill(this.node.pid, 'SIGKILL');
    await this.node.exited;
  }

  /** The event store's process stands still, its connections open: new ones are made to it, and not answered. */
  freezeEvents(): void {
    process.kill(this.node.pid, 'SIGSTOP');
  }

  /** It goes on. */
  thawEvents(): void {
    process.kill(this.node.pid, 'SIGCONT');
  }

  /** The event store comes back, on the same port and with all that it acknowledged. */
  async startEvents(): Promise<void> {
    this.node = await startNode(join(this.dataDir, 'events'), this.node.port);
  }

  /** Both proxies behave again. */
  async heal(): Promise<void> {
    for (const proxy of [this.toEvents, this.toRows]) {
      proxy.latencyMs = 0;
      await proxy.become('pass');
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.toEvents.stop(), this.toRows.stop()]);
    await Promise.all([this.node.stop(), this.rows.stop()]);
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

const startNode = (dataDir: string, port?: number): Promise<EventStoreNode> =>
  startEventStore({ dataDir, port, log: () => undefined });
