import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { append, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { seededRandom } from '../../support/random.js';
import { HISTORIES } from '../../support/task-history.js';
import { until } from '../../support/until.js';

const SOCKETS = 1_000;
const DROPS = 10;
/** At most so many lose their connection while one event happens. */
const AT_ONCE = 40;
const TOPIC = 'workspace:default';

interface Frame {
  readonly event: string;
  readonly data: {
    readonly topic: string;
    readonly position: string;
    readonly task?: { readonly taskId: string };
  };
}

/** A client that loses its connection now and then, and goes on with the highest position that it has seen. */
class Client {
  /** Position of every task frame, over all connections. */
  readonly seen: bigint[] = [];
  /** When its present subscription was asked for. */
  since = 0;
  dropped = 0;
  resets = 0;
  private after = 0n;
  private socket?: WebSocket;

  constructor(
    private readonly url: string,
    private readonly onFrame: (position: bigint, client: Client) => void,
  ) {}

  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.url);
      this.socket = socket;
      socket.on('error', reject);
      socket.on('open', () => {
        this.since = performance.now();
        socket.send(
          JSON.stringify({ event: 'subscribe', data: { topic: TOPIC, after: String(this.after) } }),
        );
        resolve();
      });
      socket.on('message', (data: Buffer) => {
        // What was on its way when the client let go is not seen any more.
        if (socket === this.socket) this.receive(JSON.parse(data.toString()) as Frame);
      });
    });
  }

  async dropAndResume(): Promise<void> {
    const old = this.socket!;
    this.socket = undefined;
    this.dropped++;
    old.terminate();
    await this.connect();
  }

  close(): void {
    this.socket?.terminate();
  }

  private receive({ event, data }: Frame): void {
    if (event === 'reset') this.resets++;
    if (event !== 'task') return;
    this.after = BigInt(data.position);
    this.seen.push(this.after);
    this.onFrame(this.after, this);
  }
}

describe('a thousand clients on one workspace, each dropped ten times', () => {
  let rows: RowsServer;
  let app: ProjectionsApp;
  const store = new InMemoryEventStore();
  const clients: Client[] = [];
  beforeAll(async () => {
    rows = await RowsServer.start();
    app = await ProjectionsApp.start(await rows.createDatabase(), store);
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await app.stop();
    await store.close();
    await rows.stop();
  });

  /** Some of those that are still to lose their connection; none when each has lost it ten times. */
  function someToDrop(random: () => number): Client[] {
    const left = clients.filter(({ dropped }) => dropped < DROPS);
    const picks = Array.from({ length: Math.min(AT_ONCE, left.length) }, () =>
      Math.floor(random() * left.length),
    );
    return [...new Set(picks)].map((index) => left[index]!);
  }

  /** One task after the other, event by event. */
  function* events(): Generator<() => Promise<{ position: bigint }>> {
    for (;;) {
      const taskId = randomUUID();
      for (const [index, event] of asTask(HISTORIES.running, taskId).entries())
        yield () => append(store, taskId, [event], BigInt(index) - 1n);
    }
  }

  it('miss nothing, see nothing twice, and are told in time', async () => {
    const committedAt = new Map<bigint, number>();
    const delays: number[] = [];
    await app.becomes('active');
    for (let number = 0; number < SOCKETS; number++) {
      const client = new Client(`${app.url.replace('http', 'ws')}/v1/live`, (position, { since }) => {
        const at = committedAt.get(position);
        // What happened while it was away came late for that reason alone.
        if (at !== undefined && at > since) delays.push(performance.now() - at);
      });
      clients.push(client);
      await client.connect();
    }
    const random = seededRandom(7);
    const expected: bigint[] = [];
    // Turn by turn, so that a slow machine does not have more to do than a fast one.
    for (const happens of events()) {
      const some = someToDrop(random);
      if (some.length === 0) break;
      const resumed = Promise.all(some.map((client) => client.dropAndResume()));
      const { position } = await happens();
      committedAt.set(position, performance.now());
      expected.push(position);
      await resumed;
    }
    await until('everybody to have seen the last event', 30_000, () =>
      clients.every(({ seen }) => seen.at(-1) === expected.at(-1)),
    );
    for (const { seen, dropped, resets } of clients) {
      expect(dropped).toBe(DROPS);
      expect(resets).toBe(0);
      expect(seen).toEqual(expected);
    }
    delays.sort((a, b) => a - b);
    const quantile = (q: number) => Math.round(delays[Math.floor(delays.length * q)]!);
    console.log(
      `${expected.length} updates to each of ${SOCKETS} sockets; commit to socket p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms`,
    );
  }, 600_000);
});
