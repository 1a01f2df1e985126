import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStore, type EventStoreNode } from '@slipway/embedded-eventstore';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { EventStoreDb } from '../../../src/store/eventstore-db.js';
import { appendLives, isLeftAlone } from '../../support/recorded-tasks.js';
import { RawLiveSocket } from '../../support/raw-live-socket.js';
import { RowsServer } from '../../support/rows-server.js';
import { ServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';

interface Readiness {
  checks: { rows: { ok: boolean; detail: string } };
}

const TOPICS = [0, 1, 2].map((number) => `workspace:workspace-${number}`);

/** A client of the replica's, on every workspace of `appendLives`. */
async function follow(replica: ServiceProcess): Promise<RawLiveSocket> {
  const socket = await RawLiveSocket.connect(replica.url);
  for (const topic of TOPICS) socket.subscribe(topic);
  return socket;
}

const appendTo = (store: EventStoreDb, count: number, seed: number): Promise<bigint> =>
  appendLives(store, count, seed, 50, isLeftAlone);

/** The positions that it was sent, a list for each topic. */
const sentTo = ({ frames }: RawLiveSocket): bigint[][] =>
  TOPICS.map((topic) =>
    frames
      .filter(({ event, data }) => event === 'task' && data.topic === topic)
      .map(({ data }) => BigInt(data.position!)),
  );

const isRising = (positions: readonly bigint[]): boolean =>
  positions.every((position, index) => index === 0 || position > positions[index - 1]!);

describe('two replicas on one event store and one PostgreSQL', () => {
  let rows: RowsServer;
  let node: EventStoreNode;
  let store: EventStoreDb;
  let dataDir: string;
  let url: string;
  const replicas: ServiceProcess[] = [];

  const rowsOf = async (replica: ServiceProcess): Promise<string> =>
    (await replica.get<Readiness>('/health/ready')).body.checks.rows.detail;
  const comesTo = (what: string, replica: ServiceProcess, limitMs: number, position = 0n) =>
    until(`${what} at ${position}`, limitMs, async () => {
      const detail = await rowsOf(replica);
      return detail.startsWith(what) && BigInt(/(\d+)$/.exec(detail)?.[1] ?? -1) >= position;
    });
  const checkRows = async () => {
    const [counts] = await rows.query<{
      history: string;
      distinct: string;
      last: string;
      checkpoint: string;
    }>(
      url,
      `SELECT count(*) AS history, count(DISTINCT event_id) AS distinct, max(position) AS last,
         (SELECT position FROM read_model) AS checkpoint FROM history`,
    );
    let events = 0;
    for await (const { stream } of store.readAll()) if (stream.startsWith('task-')) events++;
    expect(counts).toMatchObject({
      history: String(events),
      distinct: String(events),
      last: counts!.checkpoint,
    });
  };

  beforeAll(async () => {
    rows = await RowsServer.start();
    dataDir = await mkdtemp(join(tmpdir(), 'slipway-takeover-'));
    node = await startEventStore({ dataDir, log: () => undefined });
    store = new EventStoreDb(node.url, pino({ level: 'silent' }));
    url = await rows.createDatabase();
    for (let number = 0; number < 2; number++) {
      const env = { EVENTSTORE_URL: node.url, DATABASE_URL: url, SLIPWAY_ROLES: 'api,projector' };
      replicas.push(await ServiceProcess.start(env));
    }
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.dispose();
    await store.close();
    await node.stop();
    await rows.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('let exactly one project; both show and push the same', async () => {
    const [first, second] = replicas as [ServiceProcess, ServiceProcess];
    expect(await rowsOf(first)).toMatch(/^active/);
    expect(await rowsOf(second)).toMatch(/^standby/);
    const [fromFirst, fromSecond] = [await follow(first), await follow(second)];
    const position = await appendTo(store, 600, 21);
    await comesTo('active', first, 10_000, position);
    await comesTo('standby', second, 10_000, position);
    const both = () => [fromFirst, fromSecond].map((socket) => sentTo(socket).flat().length);
    await until(
      () => `as many updates from both: ${both().join(' and ')}`,
      10_000,
      () => both()[0]! > 300 && both()[0] === both()[1],
    );
    expect(sentTo(fromFirst).every(isRising)).toBe(true);
    expect(sentTo(fromSecond)).toEqual(sentTo(fromFirst));
    await checkRows();
  });

  it('carry on when the projecting one is killed', async () => {
    const [first, second] = replicas as [ServiceProcess, ServiceProcess];
    const pushed = await follow(second);
    const appending = appendTo(store, 600, 22);
    await first.kill();
    await comesTo('active', second, 3_000);
    const position = await appending;
    await comesTo('active', second, 10_000, position);
    expect(sentTo(pushed).every(isRising)).toBe(true);
    await checkRows();
    await first.start();
    await comesTo('standby', first, 10_000, position);
  });

  it('carry on when the projecting one freezes; once it thaws it writes nothing more', async () => {
    const [first, second] = replicas as [ServiceProcess, ServiceProcess];
    const pushed = await follow(second);
    const appending = appendTo(store, 600, 23);
    second.freeze();
    await comesTo('active', first, 10_000);
    await comesTo('active', first, 10_000, await appending);
    await checkRows();
    second.thaw();
    const position = await appendTo(store, 300, 24);
    await comesTo('standby', second, 10_000, position);
    await comesTo('active', first, 10_000, position);
    await checkRows();
    expect(sentTo(pushed).every(isRising)).toBe(true);
  });
});
