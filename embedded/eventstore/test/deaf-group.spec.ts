import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { persistentSubscriptionToStreamSettingsFromDefaults, START } from '@eventstore/db-client';
import { open } from 'lmdb';
import { events, take } from '../../../test/contract/eventstore/support.js';
import { connect, start, temporaryDirectory } from './support.js';

/** Puts a checkpoint into a directory that no node has open, as older versions stored it. */
async function storeCheckpoint(dataDir: string, group: string, place: number): Promise<void> {
  const root = open<Buffer, Buffer>({
    path: join(dataDir, 'events.lmdb'),
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  const groups = root.openDB<Buffer, Buffer>({ name: 'groups', encoding: 'binary', keyEncoding: 'binary' });
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(place);
  await groups.put(Buffer.from(`checkpoint:${group}`), bytes);
  await root.close();
}

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
