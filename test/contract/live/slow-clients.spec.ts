import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { register } from 'prom-client';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { RawLiveSocket } from '../../support/raw-live-socket.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { append, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { HISTORIES, sessionRequested } from '../../support/task-history.js';
import { until } from '../../support/until.js';

const SOCKETS = 100;
const TASKS = 40;
/** What makes a record long: prompts are shown by their beginning only. */
const SESSIONS = 60;
/** On a machine with much else to do. */
const PATIENCE_MS = 60_000;
const MEGABYTE = 1_024 * 1_024;

describe('clients that do not read', () => {
  let rows: RowsServer;
  let app: ProjectionsApp;
  const store = new InMemoryEventStore();
  beforeAll(async () => {
    rows = await RowsServer.start();
    app = await ProjectionsApp.start(await rows.createDatabase(), store);
    await app.becomes('active');
  });
  afterAll(async () => {
    await app.stop();
    await store.close();
    await rows.stop();
  });

  const connected = async (): Promise<number> =>
    (await register.getSingleMetric('slipway_live_sockets')!.get()).values[0]!.value;
  const stopReading = async (): Promise<RawLiveSocket> => {
    const client = await RawLiveSocket.connect(app.url);
    client.subscribe('workspace:default');
    await client.frame(({ event }) => event === 'subscribed');
    client.socket.pause();
    return client;
  };

  it('get the latest of each task when they read again, or are dropped; and memory stays as it is', async () => {
    const quick = await RawLiveSocket.connect(app.url);
    quick.subscribe('workspace:default');
    const slow = await stopReading();
    const dead: RawLiveSocket[] = [];
    for (let number = 0; number < SOCKETS; number++) dead.push(await stopReading());
    const before = process.memoryUsage();
    let last = 0n;
    for (let number = 0; number < TASKS; number++) {
      const taskId = randomUUID();
      const sessions = Array.from({ length: SESSIONS }, () => sessionRequested(randomUUID()));
      const events = asTask([...HISTORIES.running, ...sessions], taskId);
      for (const [index, event] of events.entries())
        last = (await append(store, taskId, [event], BigInt(index) - 1n)).position;
    }
    await quick.sees(last, PATIENCE_MS);

    slow.socket.resume();
    await slow.sees(last, PATIENCE_MS);
    const positions = slow.tasks.map(({ position }) => position);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => (a < b ? -1 : 1)));
    expect(positions.length).toBeLessThan(TASKS * (HISTORIES.running.length + SESSIONS));
    const latest = new Map(slow.tasks.map(({ task }) => [task.taskId, task.status]));
    expect([...latest.values()]).toEqual(Array.from({ length: TASKS }, () => 'running'));

    // There were tens of megabytes for each; none of it waits here for more than its quarter of one. How much of it was joined
    // before it was sent depends on the machine, so it is not what anybody got that counts.
    const updates = TASKS * SESSIONS;
    const averageLength = JSON.stringify(slow.tasks.at(-1)!.task).length / 2;
    const sent = (updates * averageLength * SOCKETS) / MEGABYTE;
    const { rss } = process.memoryUsage();
    const grown = (rss - before.rss) / MEGABYTE;
    console.log(`${Math.round(sent)} MB for those who do not read; memory grew by ${Math.round(grown)} MB`);
    expect(grown).toBeLessThan(sent / 10);

    await until('those who never read to be dropped', 30_000, async () => (await connected()) === 2);
    expect(dead.every(({ socket }) => socket.isPaused)).toBe(true);
    quick.close();
    slow.close();
    for (const client of dead) client.close();
  }, 240_000);
});
