import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStore } from '@slipway/embedded-eventstore';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { OperatorsStore } from '../../../src/store/store-admin.js';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { eventStoreContract, type AdapterUnderTest } from './event-store-contract.js';

const given = process.env['EVENTSTORE_URL'];

eventStoreContract('the adapter over the official client', async () => {
  const store = given === undefined ? await ownStore() : operatedStore(given);
  return store;
});

eventStoreContract('the store in memory', () => {
  const store = new InMemoryEventStore();
  const adapter: AdapterUnderTest = {
    store,
    parked: (group) =>
      Promise.resolve(store.parked(group).map(({ event: { id }, reason }) => ({ id, reason }))),
    tombstone: (stream) => Promise.resolve(store.tombstone(stream)),
    setAvailable: (available) => Promise.resolve(store.setAvailable(available)),
    stop: () => store.close(),
  };
  return Promise.resolve(adapter);
});

function operatedStore(url: string): AdapterUnderTest {
  const store = new OperatorsStore(url, pino({ level: process.env['TEST_LOG'] ?? 'silent' }));
  const client = EventStoreDBClient.connectionString(url);
  return {
    store,
    parked: async (group) => {
      const parked = [];
      for await (const { event, reason } of store.parked(group)) parked.push({ id: event?.id ?? '', reason });
      return parked;
    },
    tombstone: async (stream) => void (await client.tombstoneStream(stream)),
    stop: async () => {
      await store.close();
      await client.dispose();
    },
  };
}

/** An embedded node behind a proxy, so that it can be away. */
async function ownStore(): Promise<AdapterUnderTest> {
  const dataDir = await mkdtemp(join(tmpdir(), 'contract-store-'));
  const node = await startEventStore({ dataDir });
  const proxy = await TcpProxy.to(node.port);
  const operated = operatedStore(proxy.through(node.url));
  return {
    ...operated,
    setAvailable: (available) => proxy.become(available ? 'pass' : 'refuse'),
    stop: async () => {
      await operated.stop();
      await proxy.stop();
      await node.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
