import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { EventStoreDBClient, UnavailableError } from '@eventstore/db-client';
import { collect, events, failure, unique } from '../support/events.js';
import { useServer } from '../support/server.js';

const server = useServer();

async function closedPort(): Promise<number> {
  const listener = createServer();
  const port = await new Promise<number>((resolve) =>
    listener.listen(0, '127.0.0.1', () => resolve((listener.address() as { port: number }).port)),
  );
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

describe('connecting', () => {
  test('by gossip finds the node', async () => {
    const { host } = new URL(server.url);
    const query = server.url.split('?')[1] ?? 'tls=false';
    const client = EventStoreDBClient.connectionString(
      `esdb://${host},${host}?${query}&maxDiscoverAttempts=3`,
    );
    const stream = unique('gossip');
    await client.appendToStream(stream, events(1));
    await expect(collect(client.readStream(stream))).resolves.toHaveLength(1);
    await client.dispose();
  });

  test('to nobody is unavailable, not a hang', async () => {
    const client = EventStoreDBClient.connectionString(
      `esdb://127.0.0.1:${await closedPort()}?tls=false&defaultDeadline=2000`,
    );
    const read = await failure(collect(client.readStream('any')));
    expect(read).toBeInstanceOf(UnavailableError);
    // Here the client hands through the call's own error.
    expect(await failure(client.appendToStream('any', events(1)))).toMatchObject({ code: 14 });
  });

  test('of many clients at once works', async () => {
    const stream = unique('clients');
    const clients = Array.from({ length: 20 }, () => server.connect());
    await Promise.all(clients.map((client) => client.appendToStream(stream, events(5))));
    await expect(collect(server.client.readStream(stream))).resolves.toHaveLength(100);
  });
});

describe('disposing of a client', () => {
  test('ends its subscriptions', async () => {
    const client = server.connect();
    const stream = unique('dispose');
    await client.appendToStream(stream, events(1));
    const subscription = client.subscribeToStream(stream);
    const confirmed = new Promise<void>((resolve) => subscription.once('confirmation', resolve));
    const ended = new Promise<void>((resolve) => subscription.on('data', () => undefined).on('end', resolve));
    await confirmed;
    await client.dispose();
    await ended;
  });
});
