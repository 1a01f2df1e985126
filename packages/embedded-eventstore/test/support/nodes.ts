import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import { type EventStoreNode, type EventStoreOptions, startEventStore } from '@slipway/embedded-eventstore';

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A directory that is removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'embedded-eventstore-test-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts a node that is stopped after the test. */
export async function start(options: EventStoreOptions): Promise<EventStoreNode> {
  const node = await startEventStore({ log: () => undefined, ...options });
  cleanups.push(() => node.stop());
  return node;
}

/** A client that is disposed of after the test. */
export function connect(node: EventStoreNode): EventStoreDBClient {
  const client = EventStoreDBClient.connectionString(node.url);
  cleanups.push(() =>
    Promise.race([client.dispose(), new Promise((resolve) => setTimeout(resolve, 500).unref())]),
  );
  return client;
}

/** Kills a node as a power cut would. */
export async function kill(node: EventStoreNode): Promise<void> {
  process.kill(node.pid, 'SIGKILL');
  await node.exited;
}
