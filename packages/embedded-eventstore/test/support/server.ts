import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStore } from '@slipway/embedded-eventstore';

/** The server under test: `EVENTSTORE_URL` or, without it, an embedded node of this file's own. */
export interface Server {
  readonly client: EventStoreDBClient;
  readonly url: string;
  /** Another client, which has a connection of its own; disposed of with the file. */
  connect(options?: string): EventStoreDBClient;
}

export function useServer(): Server {
  const clients: EventStoreDBClient[] = [];
  let url = process.env['EVENTSTORE_URL'] ?? '';
  let client: EventStoreDBClient | undefined;
  let stop = async () => undefined as void;
  beforeAll(async () => {
    if (url === '') {
      const dataDir = await mkdtemp(join(tmpdir(), 'contract-eventstore-'));
      const node = await startEventStore({ dataDir });
      url = node.url;
      stop = async () => {
        await node.stop();
        await rm(dataDir, { recursive: true, force: true });
      };
    }
    client = server.connect();
  });
  afterAll(async () => {
    // A read that was left in the middle never ends for the client, so it would wait for ever here.
    await Promise.race([
      Promise.all(clients.map((each) => each.dispose())),
      delay(1_000, undefined, { ref: false }),
    ]);
    await stop();
  });
  const server: Server = {
    get client() {
      return client!;
    },
    get url() {
      return url;
    },
    connect: (options = '') => {
      const connected = EventStoreDBClient.connectionString(
        options ? `${url}${url.includes('?') ? '&' : '?'}${options}` : url,
      );
      clients.push(connected);
      return connected;
    },
  };
  return server;
}
