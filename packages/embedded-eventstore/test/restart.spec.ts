import { expect, test } from '@jest/globals';
import {
  END,
  type EventStoreDBClient,
  jsonEvent,
  PARK,
  persistentSubscriptionToAllSettingsFromDefaults,
  persistentSubscriptionToStreamSettingsFromDefaults,
  START,
  UnavailableError,
} from '@eventstore/db-client';
import fc from 'fast-check';
import { Model, steps } from './support/model.js';
import { collect, events, failure, take, until } from './support/events.js';
import { connect, kill, start, temporaryDirectory } from './support/nodes.js';

test('any sequence of appends, deletes, reads and kills agrees with the model', async () => {
  await fc.assert(
    fc.asyncProperty(steps(true), async (sequence) => {
      const dataDir = temporaryDirectory();
      let node = await start({ dataDir });
      let client: EventStoreDBClient = connect(node);
      const model = new Model(
        () => client,
        async () => {
          await kill(node);
          node = await start({ dataDir });
          client = connect(node);
        },
      );
      for (const step of sequence) await model.run(step);
      await model.compareAll();
      await node.stop();
    }),
    { numRuns: 12 },
  );
}, 300_000);

test('what was acknowledged before a kill in the middle of appends is there, whole, once and in order', async () => {
  const dataDir = temporaryDirectory();
  const acknowledged = new Map<string, number>();
  for (let round = 0; round < 5; round++) {
    const node = await start({ dataDir });
    const client = connect(node);
    const writing = Promise.allSettled(
      Array.from({ length: 32 }, async (_, writer) => {
        for (let i = 0; ; i++) {
          const stream = `w-${round}-${writer}-${i % 5}`;
          const batch = events(3, `${round}-${i}`);
          const { nextExpectedRevision } = await client.appendToStream(stream, batch);
          acknowledged.set(stream, Number(nextExpectedRevision));
        }
      }),
    );
    await until('some are acknowledged', () => acknowledged.size > round * 100 + 100);
    await kill(node);
    for (const { status } of await writing) expect(status).toBe('rejected');
  }
  const node = await start({ dataDir });
  const client = connect(node);
  const heads = new Map<string, number>();
  let before = -1n;
  for await (const { event } of client.readAll()) {
    expect(event!.position.commit).toBeGreaterThan(before);
    before = event!.position.commit;
    if (event!.type.startsWith('$')) continue;
    expect(Number(event!.revision)).toBe((heads.get(event!.streamId) ?? -1) + 1);
    heads.set(event!.streamId, Number(event!.revision));
  }
  for (const [stream, revision] of acknowledged) expect(heads.get(stream)).toBeGreaterThanOrEqual(revision);
  // Each append was of three events: half of one never shows.
  for (const head of heads.values()) expect((head + 1) % 3).toBe(0);
});

test('positions and revisions go on where they were', async () => {
  const dataDir = temporaryDirectory();
  const seen: { revision: bigint; position: bigint }[] = [];
  for (let round = 0; round < 4; round++) {
    const node = await start({ dataDir });
    const { nextExpectedRevision, position } = await connect(node).appendToStream('s', events(1));
    seen.push({ revision: nextExpectedRevision, position: position!.commit });
    if (round % 2) await kill(node);
    else await node.stop();
  }
  expect(seen.map(({ revision }) => revision)).toEqual([0n, 1n, 2n, 3n]);
  expect(seen.map(({ position }) => position)).toEqual(
    seen.map(({ position }) => position).sort((a, b) => Number(a - b)),
  );
});

test('an append repeated after a kill is known', async () => {
  const dataDir = temporaryDirectory();
  const first = await start({ dataDir });
  const batch = events(2);
  await connect(first).appendToStream('s', batch);
  await kill(first);
  const client = connect(await start({ dataDir }));
  await expect(client.appendToStream('s', batch)).resolves.toMatchObject({ nextExpectedRevision: 1n });
  await expect(collect(client.readStream('s'))).resolves.toHaveLength(2);
});

test('groups, their checkpoints and what they parked survive a kill', async () => {
  const dataDir = temporaryDirectory();
  const settings = persistentSubscriptionToStreamSettingsFromDefaults({
    startFrom: START,
    checkPointUpperBound: 1,
  });
  const first = await start({ dataDir });
  const client = connect(first);
  await client.createPersistentSubscriptionToStream('s', 'g', settings);
  await client.createPersistentSubscriptionToAll('a', persistentSubscriptionToAllSettingsFromDefaults());
  await client.appendToStream('s', events(10));
  const subscription = client.subscribeToPersistentSubscriptionToStream('s', 'g');
  subscription
    .on('error', () => undefined)
    .on('data', (event) => {
      const revision = Number(event.event!.revision);
      if (revision === 2) void subscription.nack(PARK, 'later', event);
      else if (revision < 6) void subscription.ack(event);
    });
  await until('it is checkpointed', async () => {
    const { stats } = await client.getPersistentSubscriptionToStreamInfo('s', 'g');
    return stats.lastCheckpointedEventRevision === 5n && stats.parkedMessageCount === 1n;
  });
  await kill(first);
  const again = connect(await start({ dataDir }));
  const info = await again.getPersistentSubscriptionToStreamInfo('s', 'g');
  expect(info.settings).toEqual(settings);
  expect(info.stats.parkedMessageCount).toBe(1n);
  expect(await again.listAllPersistentSubscriptions()).toHaveLength(2);
  const rest = await take(again.subscribeToPersistentSubscriptionToStream('s', 'g'), 4);
  expect(rest.map(({ event }) => Number(event!.revision))).toEqual([6, 7, 8, 9]);
});

test('a replay that a kill interrupts loses no parked message', async () => {
  const dataDir = temporaryDirectory();
  const first = await start({ dataDir });
  const client = connect(first);
  await client.createPersistentSubscriptionToStream(
    's',
    'g',
    persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START }),
  );
  await client.appendToStream('s', events(3));
  const subscription = client.subscribeToPersistentSubscriptionToStream('s', 'g');
  let replayed = 0;
  subscription
    .on('error', () => undefined)
    .on('data', (event) => void (event.link ? replayed++ : subscription.nack(PARK, 'later', event)));
  const parked = async (from: EventStoreDBClient) =>
    (await from.getPersistentSubscriptionToStreamInfo('s', 'g')).stats.parkedMessageCount;
  await until('all are parked', async () => (await parked(client)) === 3n);
  await client.replayParkedMessagesToStream('s', 'g');
  await until('all came again', () => replayed === 3);
  await kill(first);
  await expect(parked(connect(await start({ dataDir })))).resolves.toBe(3n);
});

test('stopping rejects what is under way as unavailable', async () => {
  const node = await start({ dataDir: temporaryDirectory() });
  const client = connect(node);
  await client.appendToStream('s', events(1));
  const subscription = failure(collect(client.subscribeToStream('s', { fromRevision: END })));
  const appending = failure(async () => {
    for (;;) await client.appendToStream('s', jsonEvent({ type: 'x', data: {} }));
  });
  await until('appends are under way', async () => (await collect(client.readStream('s'))).length > 20);
  await node.stop();
  // The client's first call after a lost connection hands through its own error, hence the code and not the class.
  expect(await appending).toMatchObject({ code: 14 });
  expect(await subscription).toBeInstanceOf(UnavailableError);
});
