import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startEventStore } from '@slipway/embedded-eventstore';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Subscription } from '../../../src/store/event-store.js';
import { EventStoreDb } from '../../../src/store/eventstore-db.js';
import { until } from '../../support/until.js';

let dataDir: string;
let node: Awaited<ReturnType<typeof startEventStore>>;
let store: EventStoreDb;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stop-while-joining-'));
  node = await startEventStore({ dataDir });
  store = new EventStoreDb(node.url, pino({ level: 'silent' }));
});
afterAll(async () => {
  await store.close();
  await node.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const joinGroup = (): Subscription =>
  store.joinGroup({
    group: 'stopped',
    types: ['Happened'],
    bufferSize: 10,
    messageTimeoutMs: 10_000,
    onMessage: () => undefined,
  });
const catchUp = (): Subscription =>
  store.subscribeToAll({ name: 'stopped', types: ['Happened'], onEvent: () => undefined });

// A stop that came between two steps of subscribing was heard by nobody: the shutdown hung.
it.each([
  ['a group', joinGroup],
  ['a catch-up subscription', catchUp],
])('%s can be left at any moment of joining it', async (_, subscribe) => {
  for (let turns = 0; turns < 60; turns++) {
    const subscription = subscribe();
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    let stopped = false;
    void subscription.stop().then(() => (stopped = true));
    await until(`the end of what was stopped after ${turns} turns of the event loop`, 5_000, () => stopped);
    expect(subscription.live).toBe(false);
  }
});
