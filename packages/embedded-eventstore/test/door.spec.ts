import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  AccessDeniedError,
  EventStoreDBClient,
  persistentSubscriptionToAllSettingsFromDefaults as toAll,
} from '@eventstore/db-client';
import { collect, events, failure, take } from './support/events.js';
import { connect, start, temporaryDirectory } from './support/nodes.js';

const mode = (path: string) => statSync(path).mode & 0o777;
const keyIn = (url: string) => new URL(url).searchParams.get('connectionName')!;

describe('a caller who does not show the key', () => {
  test.each([
    ['shows none', (url: string) => url.replace(/&connectionName=.*/, '')],
    ['shows another', (url: string) => url.replace(/connectionName=./, 'connectionName=~')],
    ['shows its beginning', (url: string) => url.slice(0, -1)],
  ])('and %s can neither read nor write', async (_, address) => {
    const node = await start({ inMemory: true });
    await connect(node).appendToStream('s', events(1));
    const stranger = EventStoreDBClient.connectionString(address(node.url));
    const credentials = { username: 'admin', password: 'changeit' };
    const attempts: (() => Promise<unknown>)[] = [
      () => stranger.appendToStream('s', events(1)),
      () => stranger.appendToStream('s', events(1), { credentials }),
      () => stranger.deleteStream('s'),
      () => stranger.tombstoneStream('s'),
      () => stranger.setStreamMetadata('s', { maxCount: 1 }),
      () => collect(stranger.readStream('s')),
      () => collect(stranger.readAll()),
      () => take(stranger.subscribeToStream('s'), 1),
      () => take(stranger.subscribeToAll(), 1),
      () => stranger.createPersistentSubscriptionToAll('g', toAll()),
      () => take(stranger.subscribeToPersistentSubscriptionToAll('g'), 1),
      () => stranger.listAllPersistentSubscriptions(),
      () => stranger.restartPersistentSubscriptionSubsystem(),
    ];
    for (const attempt of attempts) expect(await failure(attempt)).toBeInstanceOf(AccessDeniedError);
    await stranger.dispose();
    await expect(collect(connect(node).readStream('s'))).resolves.toHaveLength(1);
  });
});

const onUnix = process.platform === 'win32' ? describe.skip : describe;
onUnix('the data directory', () => {
  test('and its files are for their owner alone, also where they were open before', async () => {
    const dataDir = join(temporaryDirectory(), 'data');
    const first = await start({ dataDir });
    expect(mode(dataDir)).toBe(0o700);
    await first.stop();
    chmodSync(dataDir, 0o755);
    for (const name of readdirSync(dataDir)) if (name !== 'access.key') chmodSync(join(dataDir, name), 0o644);
    await connect(await start({ dataDir })).appendToStream('s', events(1));
    expect(mode(dataDir)).toBe(0o700);
    for (const name of readdirSync(dataDir)) expect([name, mode(join(dataDir, name))]).toEqual([name, 0o600]);
  });

  test('keeps its key over restarts', async () => {
    const dataDir = temporaryDirectory();
    const first = await start({ dataDir });
    await first.stop();
    const second = await start({ dataDir, port: first.port });
    expect(second.url).toBe(first.url);
    expect(readFileSync(join(dataDir, 'access.key'), 'utf8').trim()).toBe(keyIn(first.url));
    expect(keyIn((await start({ dataDir: temporaryDirectory() })).url)).not.toBe(keyIn(first.url));
  });

  test.each<[string, (file: string) => void]>([
    ['others could read', (file) => writeFileSync(file, 'a'.repeat(32), { mode: 0o644 })],
    ['is empty, as after a power cut', (file) => writeFileSync(file, '', { mode: 0o600 })],
    ['is not ours but a link', (file) => symlinkSync('/etc/hostname', file)],
    ['never ends', (file) => symlinkSync('/dev/zero', file)],
  ])('does not take a key that %s', async (_, plant) => {
    const dataDir = temporaryDirectory();
    mkdirSync(dataDir, { recursive: true });
    plant(join(dataDir, 'access.key'));
    const node = await start({ dataDir });
    expect(keyIn(node.url)).toMatch(/^[\w-]{32}$/);
    expect(keyIn(node.url)).not.toBe('a'.repeat(32));
    await connect(node).appendToStream('s', events(1));
  });
});
