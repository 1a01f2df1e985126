import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { Subscription } from '../../../src/store/event-store.js';
import { EventStoreDb } from '../../../src/store/eventstore-db.js';
import { until } from '../../support/until.js';
import { useServer } from '../../../packages/embedded-eventstore/test/support/server.js';

const server = useServer();
let first: EventStoreDb;
let second: EventStoreDb;
let group: string;
let got: string[];

beforeAll(() => {
  first = new EventStoreDb(server.url, pino({ level: 'silent' }));
  second = new EventStoreDb(server.url, pino({ level: 'silent' }));
});
afterAll(async () => {
  await Promise.all([first.close(), second.close()]);
});
beforeEach(() => {
  group = `time-out-${randomUUID()}`;
  got = [];
});

async function joined(store: EventStoreDb, messageTimeoutMs: number): Promise<Subscription> {
  const subscription = store.joinGroup({
    group,
    types: [`Happened-${group}`],
    bufferSize: 10,
    messageTimeoutMs,
    onMessage: ({ event, ack }) => {
      got.push(event.id);
      ack();
    },
  });
  await until('the group to be joined', 15_000, () => subscription.live);
  return subscription;
}
const timeout = async () =>
  (await server.client.getPersistentSubscriptionToAllInfo(group)).settings.messageTimeout;

describe('the message time-out of a group that exists', () => {
  it('is raised for who needs more, and whoever is there goes on', async () => {
    const before = await joined(first, 10_000);
    const { settings } = await server.client.getPersistentSubscriptionToAllInfo(group);
    const after = await joined(second, 20_000);
    expect((await server.client.getPersistentSubscriptionToAllInfo(group)).settings).toEqual({
      ...settings,
      messageTimeout: 20_000,
    });
    await until('both to be back', 15_000, async () => {
      const { connections } = await server.client.getPersistentSubscriptionToAllInfo(group);
      return connections.length === 2;
    });
    const event = { id: randomUUID(), type: `Happened-${group}`, data: {}, metadata: {} };
    await first.append(`s-${group}`, [event], 'no_stream');
    await until('the message', 15_000, () => got.includes(event.id));
    await Promise.all([before.stop(), after.stop()]);
  });

  it('is not lowered for who needs less', async () => {
    const before = await joined(first, 20_000);
    const after = await joined(second, 10_000);
    expect(await timeout()).toBe(20_000);
    await Promise.all([before.stop(), after.stop()]);
  });
});
