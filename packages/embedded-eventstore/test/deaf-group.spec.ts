import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  binaryEvent,
  PARK,
  persistentSubscriptionToStreamSettingsFromDefaults,
  START,
} from '@eventstore/db-client';
import { open } from 'lmdb';
import { events, take, until } from './support/events.js';
import { connect, start, temporaryDirectory } from './support/nodes.js';

/** Changes an entry in a directory that no node has open, to what older versions left there. */
async function tamper(
  dataDir: string,
  table: string,
  key: string,
  change: (value: Buffer) => void,
): Promise<void> {
  const root = open<Buffer, Buffer>({
    path: join(dataDir, 'events.lmdb'),
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  const entries = root.openDB<Buffer, Buffer>({ name: table, encoding: 'binary', keyEncoding: 'binary' });
  const value = Buffer.from(entries.get(Buffer.from(key)) ?? Buffer.alloc(8));
  change(value);
  await entries.put(Buffer.from(key), value);
  await root.close();
}

const storeCheckpoint = (dataDir: string, group: string, place: number) =>
  tamper(dataDir, 'groups', `checkpoint:${group}`, (value) => value.writeDoubleLE(place));

test.each([
  ['Infinity, as for a deleted stream', Infinity],
  ['a revision behind the end', 99],
])('a group that an older version left at %s hears again', async (_, place) => {
  const dataDir = temporaryDirectory();
  const first = await start({ dataDir });
  const client = connect(first);
  const settings = persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START });
  await client.createPersistentSubscriptionToStream('s', 'g', settings);
  await client.appendToStream('s', events(2));
  await client.deleteStream('s');
  // It was missed: the group was deaf already.
  await client.appendToStream('s', events(1));
  await first.stop();
  await storeCheckpoint(dataDir, 's::g', place);

  const second = await start({ dataDir });
  const again = connect(second);
  await expect(again.getPersistentSubscriptionToStreamInfo('s', 'g')).resolves.toMatchObject({
    groupName: 'g',
  });
  const reading = take(again.subscribeToPersistentSubscriptionToStream('s', 'g'), 2);
  await again.appendToStream('s', events(1));
  expect((await reading).map(({ event }) => Number(event!.revision))).toEqual([2, 3]);
});

test('a group whose stream is still deleted waits for it over a restart', async () => {
  const dataDir = temporaryDirectory();
  const first = await start({ dataDir });
  const client = connect(first);
  const settings = persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START });
  await client.createPersistentSubscriptionToStream('s', 'g', settings);
  await client.appendToStream('s', events(2));
  await client.deleteStream('s');
  await first.stop();
  await storeCheckpoint(dataDir, 's::g', Infinity);
  const second = await start({ dataDir });
  await connect(second).getPersistentSubscriptionToStreamInfo('s', 'g');
  await second.stop();
  const again = connect(await start({ dataDir }));
  await again.appendToStream('s', events(1));
  const [event] = await take(again.subscribeToPersistentSubscriptionToStream('s', 'g'), 1);
  expect(event!.event!.revision).toBe(2n);
});

test('what an older version parked into a stream that was deleted shows up', async () => {
  const dataDir = temporaryDirectory();
  const parked = '$persistentsubscription-s::g-parked';
  const first = await start({ dataDir });
  const client = connect(first);
  await client.createPersistentSubscriptionToStream(
    's',
    'g',
    persistentSubscriptionToStreamSettingsFromDefaults(),
  );
  await client.appendToStream('s', events(3));
  const link = (revision: number) => binaryEvent({ type: '$>', data: Buffer.from(`${revision}@s`) });
  await client.appendToStream(parked, link(0));
  await client.deleteStream(parked);
  await client.appendToStream(parked, [link(1), link(2)]);
  await first.stop();
  // As it was: the stream deleted, and written without being brought back.
  const [HEAD, TRUNCATE_BEFORE] = [8, 16];
  await tamper(dataDir, 'streams', parked, (state) => state.writeDoubleLE(Infinity, TRUNCATE_BEFORE));
  await tamper(dataDir, 'streams', `$$${parked}`, (state) => state.writeDoubleLE(0, HEAD));

  const again = connect(await start({ dataDir }));
  const count = async () =>
    (await again.getPersistentSubscriptionToStreamInfo('s', 'g')).stats.parkedMessageCount;
  await until('both are seen', async () => (await count()) === 2n);
});

test('a subscription behind a truncation that lies ahead hears when that is lifted', async () => {
  const client = connect(await start({ inMemory: true }));
  await client.appendToStream('s', events(2));
  await client.setStreamMetadata('s', { truncateBefore: 100 });
  const subscription = client.subscribeToStream('s');
  const reading = take(subscription, 1);
  await new Promise<void>((resolve) => subscription.once('caughtUp', resolve));
  await client.appendToStream('s', events(1));
  await client.setStreamMetadata('s', {});
  await client.appendToStream('s', events(1));
  const [event] = await reading;
  expect(event!.event!.revision).toBe(3n);
});

test('a group that was deleted and made anew parks and replays again', async () => {
  const client = connect(await start({ inMemory: true }));
  const settings = persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START });
  const parkedCount = async () =>
    (await client.getPersistentSubscriptionToStreamInfo('s', 'g')).stats.parkedMessageCount;
  await client.appendToStream('s', events(1));
  for (let round = 0; round < 2; round++) {
    await client.createPersistentSubscriptionToStream('s', 'g', settings);
    let replayed = 0;
    const subscription = client.subscribeToPersistentSubscriptionToStream('s', 'g');
    subscription
      .on('error', () => undefined)
      .on('data', (event) =>
        event.link
          ? void (replayed++, subscription.ack(event))
          : void subscription.nack(PARK, 'later', event),
      );
    await until('it is parked', async () => (await parkedCount()) === 1n);
    if (round === 1) {
      await client.replayParkedMessagesToStream('s', 'g');
      await until('it came again', () => replayed === 1);
      await until('none is parked', async () => (await parkedCount()) === 0n);
    }
    await client.deletePersistentSubscriptionToStream('s', 'g');
  }
});
