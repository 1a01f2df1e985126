import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEventStore } from '@slipway/embedded-eventstore';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { EventStoreUnavailableError } from '../../../src/store/event-store.js';
import { EventStoreDb } from '../../../src/store/eventstore-db.js';
import { TcpProxy, type ProxyMode } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';

/** Until what is kept of the old connection must have been given up; more than any single time-out in between. */
const LIMIT_MS = 120_000;
const RECOVERY_MS = 25_000;

describe('a store that was silent for long and is back', () => {
  let dataDir: string;
  let node: Awaited<ReturnType<typeof startEventStore>>;
  let proxy: TcpProxy;
  let store: EventStoreDb;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'silent-connection-'));
    node = await startEventStore({ dataDir });
    proxy = await TcpProxy.to(node.port);
    store = new EventStoreDb(proxy.through(node.url), pino({ level: process.env['TEST_LOG'] ?? 'silent' }));
  });
  afterEach(async () => {
    await proxy.stop();
    await store.close();
    await node.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const append = () =>
    store.append(
      `silent-${randomUUID()}`,
      [{ id: randomUUID(), type: 'Happened', data: {}, metadata: {} }],
      'no_stream',
    );
  const isRefused = async () => {
    await expect(append()).rejects.toThrow(EventStoreUnavailableError);
  };

  // grpc keeps connections by address for all clients of a process, and one that is being made has no time limit:
  // whoever tried while the store was silent waited for ever, and every later client with it.
  it.each<[string, ProxyMode, boolean]>([
    ['swallows everything, with somebody who listens', 'black hole', true],
    ['swallows its answers, with somebody who listens', 'half open', true],
    ['swallows everything, and nobody ever listened', 'black hole', false],
  ])(
    'because the network %s: appends, reads and subscriptions work again',
    async (_, mode, listens) => {
      const seen = new Set<string>();
      const listen = (name: string) =>
        store.subscribeToAll({ name, types: ['Happened'], onEvent: ({ stream }) => void seen.add(stream) });
      const subscription = listens ? listen('before') : undefined;
      await append();
      if (subscription) await until('the subscription', 10_000, () => subscription.live && seen.size === 1);

      await proxy.become(mode);
      // The open connection is found dead, and another one is begun into the silence.
      await until('a connection that is made into the silence', 60_000, async () => {
        await isRefused();
        return proxy.accepted(mode) > 0;
      });
      await isRefused();

      await proxy.become('pass');
      await until('an append', RECOVERY_MS, async () => (await append()).revision === 0n);
      // Once it is back it is back.
      for (let count = 0; count < 10; count++) expect((await append()).revision).toBe(0n);
      const events: string[] = [];
      for await (const event of store.readAll()) events.push(event.stream);
      expect(events.length).toBeGreaterThanOrEqual(12);
      const later = subscription ?? listen('after');
      await until('every event', RECOVERY_MS, () => events.every((stream) => seen.has(stream)) && later.live);
    },
    LIMIT_MS,
  );
});
