import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DecidedTask, inOrder } from '../../../test/support/decided-task.js';
import { HISTORIES } from '../../../test/support/task-history.js';
import { EventFileError, readEventFile, writeEventFile } from './event-file.js';
import { collect } from '../history.js';

describe('a file of events', () => {
  const task = new DecidedTask();
  task.append(HISTORIES.killed);
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'slipway-events-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['plain.ndjson', 'packed.ndjson.gz'])('gives back what was written into %s', async (name) => {
    const path = join(folder, name);
    expect(await writeEventFile(path, inOrder(task.events))).toBe(task.events.length);
    expect(await collect(readEventFile(path))).toEqual(task.events);
    const bytes = await readFile(path);
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    expect(text.split('\n')).toHaveLength(task.events.length + 1);
    expect(JSON.parse(text.split('\n')[0]!)).toMatchObject({
      type: 'TaskCreated',
      revision: '0',
      position: '100',
    });
  });

  it('carries lines across pieces and multi-byte characters', async () => {
    const path = join(folder, 'long.ndjson.gz');
    const events = Array.from({ length: 300 }, (_, n) => ({
      ...task.events[0]!,
      revision: BigInt(n),
      data: { text: '🚢é'.repeat(n) },
    }));
    await writeEventFile(path, inOrder(events));
    expect(await collect(readEventFile(path))).toEqual(events);
  });

  it('holds nothing for an empty log', async () => {
    const path = join(folder, 'empty.ndjson.gz');
    expect(await writeEventFile(path, inOrder([]))).toBe(0);
    expect(await collect(readEventFile(path))).toEqual([]);
  });

  it('appears only when it is whole', async () => {
    const path = join(folder, 'torn.ndjson');
    async function* tearing() {
      yield task.events[0]!;
      throw new Error('the store is gone');
    }
    await expect(writeEventFile(path, tearing())).rejects.toThrow('the store is gone');
    expect((await readdir(folder)).filter((name) => name.startsWith('torn'))).toEqual([]);
  });

  it.each([
    ['no JSON', 'hello', /line 1 is not JSON/],
    ['no event', '{"stream":"s"}', /line 1 is no event/],
    [
      'an event of the store itself',
      JSON.stringify({
        stream: '$settings',
        id: task.events[0]!.id,
        type: 'T',
        revision: '0',
        position: '0',
        created: '',
        data: {},
        metadata: {},
      }),
      /line 1 is no event: \/stream/,
    ],
  ])('refuses %s and says where', async (_, text, message) => {
    const path = join(folder, 'bad.ndjson');
    await writeFile(path, text);
    const reading = collect(readEventFile(path));
    await expect(reading).rejects.toThrow(EventFileError);
    await expect(reading).rejects.toThrow(message);
  });

  it('refuses a compressed file that was cut off, and a line that never ends', async () => {
    const path = join(folder, 'cut.gz');
    const packed = gzipSync(`${'x'.repeat(100)}\n`);
    await writeFile(path, packed.subarray(0, packed.length - 4));
    await expect(collect(readEventFile(path))).rejects.toThrow(/not JSON|unexpected end/);
    await writeFile(path, gzipSync('x'.repeat(6 * 1024 * 1024)));
    await expect(collect(readEventFile(path))).rejects.toThrow(/A line is longer than/);
  });
});
