import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ErrorType, EventStoreDBClient } from '@eventstore/db-client';
import { startEventStore } from '@slipway/embedded-eventstore';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreUnavailableError } from '../../../src/store/event-store.js';
import type { NewEvent } from '../../../src/events/stored-event.js';
import { translated } from '../../../src/store/client-words.js';
import { DirectAppends, clientAppend, type Append } from '../../../src/store/wire/append.js';
import { until } from '../../support/until.js';

const DEADLINE_MS = 5_000;
const given = process.env['EVENTSTORE_URL'];

const event = (data: object = {}): NewEvent => ({
  id: randomUUID(),
  type: 'Happened',
  data,
  metadata: { $correlationId: 'c', actor: 'Zoë 🚢' },
});

/** What an append owes to those who call it, whoever writes its messages. */
describe.each<[string, Append]>([
  ['the append of the client', clientAppend],
  ['the direct append', new DirectAppends().append],
])('%s', (_, append) => {
  let dataDir: string;
  let node: Awaited<ReturnType<typeof startEventStore>> | undefined;
  let client: EventStoreDBClient;
  const stream = () => `append-${randomUUID()}`;
  const read = async (name: string) => {
    const found = [];
    for await (const { event: stored } of client.readStream(name)) if (stored) found.push(stored);
    return found;
  };

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'contract-append-'));
    if (given === undefined) node = await startEventStore({ dataDir });
    client = EventStoreDBClient.connectionString(given ?? node!.url);
  });
  afterAll(async () => {
    await client.dispose();
    await node?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('stores events as they are and answers with revision and position of the last', async () => {
    const name = stream();
    const events = [event({ text: 'ünï→🚢', nested: { list: [1, null, true] } }), event(), event()];
    const result = await append(client, name, events, 'no_stream', DEADLINE_MS);
    const stored = await read(name);
    expect(stored.map(({ id, type, data, metadata }) => ({ id, type, data, metadata }))).toEqual(events);
    expect(stored.at(-1)).toMatchObject({ revision: result.revision, position: { commit: result.position } });
    const next = await append(client, name, [event()], result.revision, DEADLINE_MS);
    expect(next.revision).toBe(3n);
    expect(next.position).toBeGreaterThan(result.position);
  });

  it('refuses a revision that is not the present one, and says which is', async () => {
    const name = stream();
    await append(client, name, [event(), event()], 'no_stream', DEADLINE_MS);
    for (const expected of ['no_stream', 0n, 7n] as const)
      await expect(append(client, name, [event()], expected, DEADLINE_MS)).rejects.toMatchObject({
        type: ErrorType.WRONG_EXPECTED_VERSION,
        actualVersion: 1n,
      });
    await expect(append(client, stream(), [event()], 0n, DEADLINE_MS)).rejects.toMatchObject({
      type: ErrorType.WRONG_EXPECTED_VERSION,
      actualVersion: 'no_stream',
    });
    expect(await read(name)).toHaveLength(2);
  });

  it('is idempotent by event id', async () => {
    const name = stream();
    const events = [event(), event()];
    const first = await append(client, name, events, 'no_stream', DEADLINE_MS);
    expect(await append(client, name, events, 'no_stream', DEADLINE_MS)).toMatchObject({
      revision: first.revision,
    });
    expect(await read(name)).toHaveLength(2);
  });

  it('refuses what is too large, and a stream that was deleted for good', async () => {
    const large = event({ text: 'x'.repeat(2_000_000) });
    await expect(append(client, stream(), [large], 'no_stream', DEADLINE_MS)).rejects.toMatchObject({
      type: ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
    });
    const name = stream();
    await append(client, name, [event()], 'no_stream', DEADLINE_MS);
    await client.tombstoneStream(name);
    await expect(append(client, name, [event()], 0n, DEADLINE_MS)).rejects.toMatchObject({
      type: ErrorType.STREAM_DELETED,
      streamName: name,
    });
  });

  it('gives up an append whose deadline has passed', async () => {
    await expect(append(client, stream(), [event()], 'no_stream', -1)).rejects.toMatchObject({
      type: ErrorType.DEADLINE_EXCEEDED,
    });
  });

  it('answers each of many at once, conflicts among them', async () => {
    const names = Array.from({ length: 100 }, stream);
    const results = await Promise.allSettled(
      names.flatMap((name) => [
        append(client, name, [event({ first: true })], 'no_stream', DEADLINE_MS),
        append(client, name, [event({ first: false })], 'no_stream', DEADLINE_MS),
      ]),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
    expect(await read(names[99]!)).toMatchObject([{ data: { first: true } }]);
  });

  (given === undefined ? it : it.skip)(
    'rejects all that wait when the server goes away, and goes on when it is back',
    async () => {
      const { port } = node!;
      let settled = 0;
      let appended = 0;
      let asked = 0;
      const failures: unknown[] = [];
      const asking = setInterval(() => {
        asked++;
        append(client, stream(), [event()], 'no_stream', DEADLINE_MS)
          .then(
            () => appended++,
            (error: unknown) => failures.push(error),
          )
          .finally(() => settled++);
      }, 1);
      await until('some are appended', 10_000, () => Promise.resolve(appended > 20));
      process.kill(node!.pid, 'SIGKILL');
      await node!.exited;
      const before = appended;
      node = await startEventStore({ dataDir, port });
      await until('some are appended again', 20_000, () => Promise.resolve(appended > before + 20));
      await node.stop();
      node = await startEventStore({ dataDir, port });
      const then = appended;
      await until('some are appended after a stop', 20_000, () => Promise.resolve(appended > then + 20));
      clearInterval(asking);
      await until('all to be settled', 10_000, () => Promise.resolve(settled === asked));
      expect(failures.length).toBeGreaterThan(0);
      for (const failure of failures)
        expect(translated(failure, 'a stream')).toBeInstanceOf(EventStoreUnavailableError);
    },
  );
});
