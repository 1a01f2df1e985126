import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sessionStream } from '../events/session/session-events.js';
import type { NewEvent, StoredEvent } from '../events/stored-event.js';
import { taskStream } from '../events/task/task-events.js';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import type { EventStore } from './event-store.js';
import { KeyUnavailableError } from './key-files.js';
import { SealedEvents } from './sealed-events.js';

const PLANTED = 'Plant Zoe Grün 4711';
const folders: string[] = [];
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'slipway-keys-'));
  folders.push(made);
  return made;
};
afterAll(() => folders.forEach((each) => rmSync(each, { recursive: true, force: true })));

const event = (type: string, data: object): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  metadata: { schemaVersion: 1, actor: 'api' },
});
const all = async (store: EventStore, stream: string): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for await (const each of store.readStream(stream)) events.push(each);
  return events;
};

describe('events whose texts are sealed', () => {
  let inner: InMemoryEventStore;
  let keys: string;
  let store: SealedEvents;
  let taskId: string;
  let sessionId: string;
  const created = () => event('TaskCreated', { taskId, sessionId, task: PLANTED, title: PLANTED, at: 'now' });

  beforeEach(async () => {
    inner = new InMemoryEventStore();
    keys = join(folder(), 'keys');
    store = new SealedEvents(inner, keys);
    taskId = randomUUID();
    sessionId = randomUUID();
    await store.append(taskStream(taskId), [created()], 'no_stream');
    await store.append(
      sessionStream(sessionId),
      [
        event('SessionOpened', { sessionId, taskId, at: 'now' }),
        event('PromptQueued', { promptId: 'p', text: PLANTED, at: 'now' }),
      ],
      'no_stream',
    );
    await store.append(taskStream(taskId), [event('StageFailed', { code: 'x', reason: PLANTED })], 0n);
  });

  const streams = () => [taskStream(taskId), sessionStream(sessionId)];
  const textOf = async (of: EventStore) =>
    JSON.stringify(
      (await Promise.all(streams().map((stream) => all(of, stream))))
        .flat()
        .map(({ data, metadata }) => [data, metadata]),
    );

  it('are in no place of the log in clear, and are read as they were written', async () => {
    expect(await textOf(inner)).not.toContain('Zoe');
    const [first, second] = await all(store, taskStream(taskId));
    expect(first).toMatchObject({
      data: { taskId, sessionId, task: PLANTED, title: PLANTED, at: 'now' },
      metadata: { schemaVersion: 1, actor: 'api' },
    });
    expect(Object.keys(first!.metadata)).not.toContain('key');
    expect(second!.data).toEqual({ code: 'x', reason: PLANTED });
    // Another process, or this one after a restart.
    expect(await textOf(new SealedEvents(inner, keys))).toBe(await textOf(store));
  });

  it('reads [erased] when the key is destroyed, in every process, and seals nothing with it any more', async () => {
    const other = new SealedEvents(inner, keys);
    expect(await store.isSealed(taskId)).toBe(true);
    await store.destroyKeys(taskId, [sessionId]);
    await store.destroyKeys(taskId, [sessionId]);
    const text = await textOf(other);
    expect(text).not.toContain('Zoe');
    expect(text).toContain('[erased]');
    await other.append(taskStream(taskId), [event('StageFailed', { code: 'x', reason: PLANTED })], 1n);
    expect(await textOf(other)).not.toContain('Zoe');
    expect(await textOf(inner)).not.toContain('Zoe');
  });

  it('leaves another task as it is', async () => {
    const neighbour = randomUUID();
    await store.append(taskStream(neighbour), [event('TaskCreated', { task: PLANTED })], 'no_stream');
    await store.destroyKeys(taskId, [sessionId]);
    expect((await all(store, taskStream(neighbour)))[0]!.data).toEqual({ task: PLANTED });
  });

  it('waits for a key that is away: that is none that was destroyed', async () => {
    renameSync(keys, `${keys}.away`);
    const other = new SealedEvents(inner, keys);
    await expect(textOf(other)).rejects.toThrow(KeyUnavailableError);
    await expect(other.destroyKeys(taskId, [])).rejects.toThrow(KeyUnavailableError);
    await expect(textOf(new SealedEvents(inner, null))).rejects.toThrow('SLIPWAY_KEYS_DIR');
    renameSync(`${keys}.away`, keys);
    expect(await textOf(other)).toContain(PLANTED);
  });

  it('reads and goes on with tasks from before as they are', async () => {
    const old = randomUUID();
    const oldSession = randomUUID();
    await inner.append(taskStream(old), [event('TaskCreated', { task: PLANTED })], 'no_stream');
    await store.append(taskStream(old), [event('StageFailed', { reason: PLANTED })], 0n);
    await store.append(
      sessionStream(oldSession),
      [event('SessionOpened', { taskId: old }), event('PromptQueued', { text: PLANTED })],
      'no_stream',
    );
    expect(await store.isSealed(old)).toBe(false);
    for (const stream of [taskStream(old), sessionStream(oldSession)])
      expect(await all(inner, stream)).toEqual(await all(store, stream));
    expect(JSON.stringify((await all(inner, taskStream(old))).map(({ data }) => data))).toContain(PLANTED);
  });

  it('has one key for a task that two create at the same time', async () => {
    const twice = randomUUID();
    const create = () =>
      store.append(taskStream(twice), [event('TaskCreated', { task: PLANTED })], 'no_stream');
    const results = await Promise.allSettled([create(), create()]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await store.append(taskStream(twice), [event('StageFailed', { reason: PLANTED })], 0n);
    const used = (await all(inner, taskStream(twice))).map(({ metadata }) => metadata['key']);
    expect(new Set(used).size).toBe(1);
    await store.destroyKeys(twice, []);
    expect(JSON.stringify((await all(store, taskStream(twice))).map(({ data }) => data))).not.toContain(
      'Zoe',
    );
  });

  it('opens in no other event, and what was changed is refused by its schema', async () => {
    const [sealed] = await all(inner, taskStream(taskId));
    const moved = { ...created(), data: sealed!.data as object, metadata: sealed!.metadata };
    const stream = taskStream(randomUUID());
    await inner.append(stream, [moved], 'no_stream');
    expect((await all(store, stream))[0]!.data).toEqual(sealed!.data);
  });

  it('has each process make keys of its own, on the disk before they are used', async () => {
    expect(readdirSync(keys).filter((name) => name.endsWith('.keys'))).toHaveLength(1);
    const other = new SealedEvents(inner, keys);
    await other.append(taskStream(randomUUID()), [event('TaskCreated', { task: PLANTED })], 'no_stream');
    expect(readdirSync(keys).filter((name) => name.endsWith('.keys'))).toHaveLength(2);
  });
});
