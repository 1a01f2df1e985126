import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  EventStoreRefusedError,
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
  type EventStore,
  type GroupMessage,
  type Subscription,
} from '../../../src/store/event-store.js';
import type { NewEvent, StoredEvent } from '../../../src/events/stored-event.js';
import { until } from '../../support/until.js';

/** An adapter of the EventStore port, and what the suite needs beside the port. */
export interface AdapterUnderTest {
  readonly store: EventStore;
  /** What a group has parked. */
  parked(group: string): Promise<readonly { readonly id: string; readonly reason: string }[]>;
  /** Deletes a stream for good, as an operator can. */
  tombstone(stream: string): Promise<void>;
  /** Makes the store unreachable, or brings it back. Undefined where that is not in our hands. */
  setAvailable?(available: boolean): Promise<void>;
  stop(): Promise<void>;
}

const LIMIT_MS = 15_000;
const LONG_MS = 60_000;

/** What everybody who uses the port relies on. The store may be shared with others: each test has names of its own. */
export function eventStoreContract(name: string, start: () => Promise<AdapterUnderTest>): void {
  describe(name, () => {
    let adapter: AdapterUnderTest;
    let store: EventStore;

    beforeAll(async () => {
      adapter = await start();
      ({ store } = adapter);
    });
    afterAll(() => adapter.stop());

    describe('append', () => {
      it('stores events as JSON keeps them, and answers with the place of the last', async () => {
        const { stream, happened } = names();
        const rich = happened({ text: 'ünï→🚢', nested: { list: [1, null, true] }, gone: undefined });
        const events = [rich, happened(), happened()];
        const result = await store.append(stream, events, 'no_stream');
        const stored = await all(store.readStream(stream));
        expect(stored.map(({ id, type, data, metadata }) => ({ id, type, data, metadata }))).toEqual(
          JSON.parse(JSON.stringify(events)),
        );
        expect(stored.map(({ stream: of, revision }) => ({ of, revision }))).toEqual(
          [0n, 1n, 2n].map((revision) => ({ of: stream, revision })),
        );
        for (const { created } of stored) expect(created).toBeInstanceOf(Date);
        expect(result).toEqual({ revision: 2n, position: stored[2]!.position });
      });

      it('keeps what it was given then, whatever becomes of the objects', async () => {
        const { stream, happened } = names();
        const data = { list: [1] };
        const appended = store.append(stream, [happened(data)], 'no_stream');
        await appended;
        data.list.push(2);
        expect(await all(store.readStream(stream))).toMatchObject([{ data: { list: [1] } }]);
      });

      it('appends to the revision that the writer saw, and refuses any other, saying which it is', async () => {
        const { stream, happened } = names();
        await store.append(stream, [happened(), happened()], 'no_stream');
        expect(await store.append(stream, [happened()], 1n)).toMatchObject({ revision: 2n });
        for (const expected of ['no_stream', 0n, 1n, 7n] as const) {
          const refused = store.append(stream, [happened()], expected);
          await expect(refused).rejects.toBeInstanceOf(WrongExpectedRevisionError);
          await expect(refused).rejects.toMatchObject({ stream, actual: 2n });
        }
        const nowhere = names().stream;
        await expect(store.append(nowhere, [happened()], 0n)).rejects.toMatchObject({ actual: -1n });
        expect(await all(store.readStream(stream))).toHaveLength(3);
        expect(await all(store.readStream(nowhere))).toEqual([]);
      });

      it('lets one of two writers win who saw the same', async () => {
        const { stream, happened } = names();
        const results = await Promise.allSettled([
          store.append(stream, [happened()], 'no_stream'),
          store.append(stream, [happened()], 'no_stream'),
        ]);
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        expect(await all(store.readStream(stream))).toHaveLength(1);
      });

      it('is idempotent by event id, also when others have appended since', async () => {
        const { stream, happened } = names();
        const [first, second] = [
          [happened(), happened()],
          [happened(), happened()],
        ];
        const results = [
          await store.append(stream, first, 'no_stream'),
          await store.append(stream, second, 1n),
        ];
        expect(await store.append(stream, first, 'no_stream')).toMatchObject({
          revision: results[0]!.revision,
        });
        expect(await store.append(stream, second, 1n)).toMatchObject({ revision: results[1]!.revision });
        // A part of it, from its beginning, was stored as well.
        expect(await store.append(stream, first.slice(0, 1), 'no_stream')).toMatchObject({ revision: 0n });
        expect(await all(store.readStream(stream))).toHaveLength(4);
      });

      it('takes events of which only some were stored for a conflict', async () => {
        const { stream, happened } = names();
        const first = happened();
        await store.append(stream, [first], 'no_stream');
        await expect(store.append(stream, [first, happened()], 'no_stream')).rejects.toBeInstanceOf(
          WrongExpectedRevisionError,
        );
        await expect(store.append(stream, [happened(), first], 'no_stream')).rejects.toBeInstanceOf(
          WrongExpectedRevisionError,
        );
        expect(await all(store.readStream(stream))).toHaveLength(1);
      });

      it('refuses for good what is too large, and stores nothing of it', async () => {
        const { stream, happened } = names();
        const large = happened({ text: 'x'.repeat(2_000_000) });
        await expect(store.append(stream, [happened(), large], 'no_stream')).rejects.toBeInstanceOf(
          EventStoreRefusedError,
        );
        expect(await all(store.readStream(stream))).toEqual([]);
      });

      it('refuses for good a stream that was deleted', async () => {
        const { stream, happened } = names();
        await store.append(stream, [happened()], 'no_stream');
        await adapter.tombstone(stream);
        for (const expected of [0n, 'no_stream'] as const)
          await expect(store.append(stream, [happened()], expected)).rejects.toBeInstanceOf(
            EventStoreRefusedError,
          );
      });
    });

    describe('readStream', () => {
      it('gives nothing of a stream that there is not', async () => {
        expect(await all(store.readStream(names().stream))).toEqual([]);
      });

      it('gives a stream, or a part of it', async () => {
        const { stream, happened } = names();
        await store.append(stream, Array.from({ length: 5 }, happened), 'no_stream');
        const revisions = async (options?: { from?: bigint; limit?: number }) =>
          (await all(store.readStream(stream, options))).map(({ revision }) => revision);
        expect(await revisions()).toEqual([0n, 1n, 2n, 3n, 4n]);
        expect(await revisions({ from: 3n })).toEqual([3n, 4n]);
        expect(await revisions({ limit: 2 })).toEqual([0n, 1n]);
        expect(await revisions({ from: 1n, limit: 3 })).toEqual([1n, 2n, 3n]);
        expect(await revisions({ from: 5n })).toEqual([]);
      });

      it('can be left in the middle, of more events than are sent at once', async () => {
        const { stream, happened } = names();
        for (let count = 0; count < 4; count++)
          await store.append(
            stream,
            Array.from({ length: 400 }, happened),
            count === 0 ? 'no_stream' : BigInt(count * 400 - 1),
          );
        const seen: bigint[] = [];
        for await (const { revision } of store.readStream(stream)) if (seen.push(revision) === 3) break;
        expect(seen).toEqual([0n, 1n, 2n]);
        expect(await all(store.readStream(stream))).toHaveLength(1_600);
      });

      it('refuses for good a stream that was deleted', async () => {
        const { stream, happened } = names();
        await store.append(stream, [happened()], 'no_stream');
        await adapter.tombstone(stream);
        await expect(all(store.readStream(stream))).rejects.toBeInstanceOf(EventStoreRefusedError);
      });
    });

    describe('readAll', () => {
      it('gives what was appended after a position, in order, up to a limit, without the store’s own events', async () => {
        const [one, other] = [names(), names()];
        const before = await store.append(one.stream, [one.happened()], 'no_stream');
        await store.append(other.stream, [other.happened(), other.happened()], 'no_stream');
        await store.append(`$$${names().stream}`, [event('$metadata')], 'no_stream');
        await store.append(one.stream, [one.happened()], 0n);
        const after = { after: before.position };
        const found = await all(store.readAll(after));
        expect(found.map(({ stream, revision }) => ({ stream, revision }))).toEqual([
          { stream: other.stream, revision: 0n },
          { stream: other.stream, revision: 1n },
          { stream: one.stream, revision: 1n },
        ]);
        const positions = found.map(({ position }) => position);
        expect(positions).toEqual([...new Set(positions)].sort((a, b) => (a < b ? -1 : 1)));
        expect(await all(store.readAll({ ...after, limit: 2 }))).toEqual(found.slice(0, 2));
        expect(await all(store.readAll({ after: found[1]!.position }))).toEqual(found.slice(2));
        expect(await all(store.readAll({ after: found[2]!.position }))).toEqual([]);
        const whole = await all(store.readAll());
        expect(whole.slice(-3)).toEqual(found);
        expect(whole.filter(({ type }) => type.startsWith('$'))).toEqual([]);
        const back = await all(store.readAllBackwards());
        expect(back).toEqual([...whole].reverse());
        expect(await all(store.readAllBackwards({ limit: 2 }))).toEqual(back.slice(0, 2));
        expect(await all(store.readAllBackwards({ before: back[0]!.position, limit: 3 }))).toEqual(
          back.slice(1, 4),
        );
        expect(await all(store.readAllBackwards({ before: whole[0]!.position }))).toEqual([]);
      });
    });

    describe('subscribeToAll', () => {
      it('delivers the types wanted, from the start of the log, and then live', async () => {
        const { stream, happened, type } = names();
        await store.append(stream, [happened({ n: 0 }), event(`Other${type}`)], 'no_stream');
        const seen: StoredEvent[] = [];
        const subscription = store.subscribeToAll({
          name: 'contract',
          types: [type, 'AnotherType'],
          onEvent: (each) => void seen.push(each),
        });
        await until('the event before', LIMIT_MS, () => seen.length === 1);
        await until('the subscription to be live', LIMIT_MS, () => subscription.live);
        await store.append(stream, [event(`Other${type}`), happened({ n: 1 })], 1n);
        await until('the event after', LIMIT_MS, () => seen.length === 2);
        expect(seen).toEqual((await all(store.readStream(stream))).filter((each) => each.type === type));
        await subscription.stop();
      });

      it('begins after a position, and delivers nothing once it is stopped', async () => {
        const { stream, happened, type } = names();
        const { position } = await store.append(stream, [happened({ n: 0 })], 'no_stream');
        await store.append(stream, [happened({ n: 1 })], 0n);
        const seen: unknown[] = [];
        const subscribe = (after?: bigint) =>
          store.subscribeToAll({
            name: 'contract',
            types: [type],
            after,
            onEvent: ({ data }) => void seen.push(data),
          });
        const stopped = subscribe(position);
        await until('what came after', LIMIT_MS, () => seen.length === 1);
        await stopped.stop();
        expect(stopped.live).toBe(false);
        await store.append(stream, [happened({ n: 2 })], 1n);
        const second = subscribe(position);
        await until('what came after, again', LIMIT_MS, () => seen.length >= 3);
        expect(seen).toEqual([{ n: 1 }, { n: 1 }, { n: 2 }]);
        await second.stop();
      });

      it('waits for the handler, also when it is stopped', async () => {
        const { stream, happened, type } = names();
        await store.append(stream, [happened(), happened()], 'no_stream');
        let open: () => void = () => undefined;
        const gate = new Promise<void>((resolve) => (open = resolve));
        let begun = 0;
        const subscription = store.subscribeToAll({
          name: 'contract',
          types: [type],
          onEvent: () => {
            begun++;
            return gate;
          },
        });
        await until('the first event', LIMIT_MS, () => begun === 1);
        let isStopped = false;
        const stopping = subscription.stop().then(() => (isStopped = true));
        await new Promise((resolve) => setImmediate(resolve));
        expect(isStopped).toBe(false);
        open();
        await stopping;
        expect(begun).toBe(1);
      });

      it('delivers an event again whose handler failed, and none twice that was handled', async () => {
        const { stream, happened, type } = names();
        await store.append(stream, [happened(), happened(), happened()], 'no_stream');
        const seen: bigint[] = [];
        const subscription = store.subscribeToAll({
          name: 'contract',
          types: [type],
          onEvent: ({ revision }) => {
            seen.push(revision);
            if (revision === 1n && seen.length < 4) throw new Error('not yet');
          },
        });
        await until('all events', LIMIT_MS, () => seen.includes(2n));
        expect(seen).toEqual([0n, 1n, 1n, 1n, 2n]);
        await subscription.stop();
      });

      it('tells how far it has come where nothing matches', async () => {
        const { stream, type } = names();
        let reached = -1n;
        const subscription = store.subscribeToAll({
          name: 'contract',
          types: [type],
          onEvent: () => undefined,
          onCheckpoint: (position) => void (reached = position),
        });
        // Windows and checkpoints are the store's to choose: more than any of them.
        const other = names();
        const last = await store.append(stream, [event(`Other${type}`)], 'no_stream');
        let revision = -1n;
        await until('a checkpoint', LONG_MS, async () => {
          const more = Array.from({ length: 500 }, other.happened);
          ({ revision } = await store.append(other.stream, more, revision < 0n ? 'no_stream' : revision));
          return reached >= last.position;
        });
        await subscription.stop();
      }, 90_000);
    });

    describe('joinGroup', () => {
      it('delivers the types wanted from the start of the log, each once that is acknowledged', async () => {
        const { stream, happened, type } = names();
        await store.append(stream, [happened({ n: 0 }), event(`Other${type}`)], 'no_stream');
        const group = `group-${type}`;
        const first = consumer(store, group, type, (message) => message.ack());
        await until('the event before', LIMIT_MS, () => first.got.length === 1);
        await until('the group to be live', LIMIT_MS, () => first.subscription.live);
        await store.append(stream, [happened({ n: 1 })], 1n);
        await until('the event after', LIMIT_MS, () => first.got.length === 2);
        expect(first.got).toMatchObject([
          { event: { stream, type, data: { n: 0 } }, retryCount: 0 },
          { event: { stream, type, data: { n: 1 } }, retryCount: 0 },
        ]);
        await first.subscription.stop();
        expect(first.subscription.live).toBe(false);
        // The group remembers when nobody is there.
        await store.append(stream, [happened({ n: 2 })], 2n);
        const second = consumer(store, group, type, (message) => message.ack());
        const numbers = () => second.got.map(({ event: { data } }) => (data as { n: number }).n);
        await until('what came meanwhile', LIMIT_MS, () => numbers().includes(2));
        // The last acknowledgement may have been lost with its connection; those before were not.
        expect(numbers()).not.toContain(0);
        await second.subscription.stop();
      });

      it('has at most so many unacknowledged at a consumer', async () => {
        const { stream, happened, type } = names();
        await store.append(stream, Array.from({ length: 5 }, happened), 'no_stream');
        const held: GroupMessage[] = [];
        const { got, subscription } = consumer(
          store,
          `group-${type}`,
          type,
          (message) => held.push(message),
          2,
        );
        let most = 0;
        while (got.length < 5) {
          await until('the next messages', LIMIT_MS, () => held.length > 0);
          // Whatever is on its way beside these has time to arrive.
          await all(store.readStream(stream));
          most = Math.max(most, held.length);
          held.shift()!.ack();
        }
        for (const message of held) message.ack();
        expect(most).toBe(2);
        expect(got.map(({ event: { revision } }) => revision)).toEqual([0n, 1n, 2n, 3n, 4n]);
        await subscription.stop();
      });

      it('parks a message with its reason, and goes on', async () => {
        const { stream, happened, type } = names();
        const group = `group-${type}`;
        const [bad, good] = [happened(), happened()];
        await store.append(stream, [bad, good], 'no_stream');
        const { got, subscription } = consumer(store, group, type, (message) => {
          if (message.event.id === bad.id) message.park('it is bad: ü');
          // What is said after the first word is not heard.
          message.ack();
        });
        await until('the second message', LIMIT_MS, () => got.length === 2);
        await until('what is parked', LIMIT_MS, async () => (await adapter.parked(group)).length > 0);
        expect(await adapter.parked(group)).toEqual([{ id: bad.id, reason: 'it is bad: ü' }]);
        await subscription.stop();
        const later = consumer(store, group, type, (message) => message.ack());
        const third = happened();
        await store.append(stream, [third], 1n);
        const ids = () => later.got.map(({ event: { id } }) => id);
        await until('the third message', LIMIT_MS, () => ids().includes(third.id));
        expect(ids()).not.toContain(bad.id);
        await later.subscription.stop();
      });

      it('delivers again what is asked for again, and counts', async () => {
        const { stream, happened, type } = names();
        await store.append(stream, [happened()], 'no_stream');
        const { got, subscription } = consumer(store, `group-${type}`, type, (message) =>
          message.retryCount < 2 ? message.retry('not yet') : message.ack(),
        );
        await until('the third delivery', LIMIT_MS, () => got.length === 3);
        expect(got.map(({ retryCount }) => retryCount)).toEqual([0, 1, 2]);
        await subscription.stop();
      });

      it('delivers again what is not acknowledged in time', async () => {
        const { stream, happened, type } = names();
        await store.append(stream, [happened()], 'no_stream');
        const { got, subscription } = consumer(
          store,
          `group-${type}`,
          type,
          (message) => {
            if (message.retryCount > 0) message.ack();
          },
          10,
          500,
        );
        await until('the second delivery', LIMIT_MS, () => got.length === 2);
        expect(got.map(({ retryCount }) => retryCount)).toEqual([0, 1]);
        await subscription.stop();
      });

      it('has the time-out of whoever needs most of it', async () => {
        const { stream, happened, type } = names();
        const group = `group-${type}`;
        const patient = consumer(store, group, type, () => undefined, 10, LONG_MS);
        await until('the first consumer', LIMIT_MS, () => patient.subscription.live);
        const hasty = consumer(store, group, type, () => undefined, 10, 300);
        await until('the second consumer', LIMIT_MS, () => hasty.subscription.live);
        const got = () => [...patient.got, ...hasty.got];
        // Of streams enough that both have some.
        const streams = Array.from({ length: 12 }, () => names());
        for (const each of streams) await store.append(each.stream, [event(type)], 'no_stream');
        await until('a message of each stream', LIMIT_MS, () => got().length === 12);
        // Another group waits the shorter time-out twice over: by then the first would have had its messages again.
        const clock = consumer(
          store,
          `clock-${type}`,
          type,
          (message) => {
            if (message.retryCount > 1) message.ack();
          },
          100,
          300,
        );
        await store.append(stream, [happened()], 'no_stream');
        await until('time to pass', LIMIT_MS, () => clock.got.some(({ retryCount }) => retryCount > 1));
        expect(got().filter(({ retryCount }) => retryCount > 0)).toEqual([]);
        await Promise.all([patient, hasty, clock].map(({ subscription }) => subscription.stop()));
      });

      it('shares the messages, those of a stream with one consumer, and gives on what a leaving one holds', async () => {
        const { type } = names();
        const group = `group-${type}`;
        const held: GroupMessage[] = [];
        const leaving = consumer(store, group, type, (message) => held.push(message), 1_000);
        const staying = consumer(store, group, type, (message) => message.ack(), 1_000);
        await until('both', LIMIT_MS, () => leaving.subscription.live && staying.subscription.live);
        const streams = Array.from({ length: 20 }, () => names().stream);
        for (const stream of streams) await store.append(stream, [event(type), event(type)], 'no_stream');
        const keysOf = (messages: readonly GroupMessage[]) =>
          messages.map(({ event: { stream, revision } }) => `${stream}@${revision}`);
        const expected = streams.flatMap((stream) => [`${stream}@0`, `${stream}@1`]).sort();
        await until('all messages', LIMIT_MS, () => leaving.got.length + staying.got.length >= 40);
        expect([...keysOf(leaving.got), ...keysOf(staying.got)].sort()).toEqual(expected);
        const ofLeaving = new Set(leaving.got.map(({ event: { stream } }) => stream));
        expect(ofLeaving.size).toBeGreaterThan(0);
        expect(ofLeaving.size).toBeLessThan(20);
        expect(staying.got.filter(({ event: { stream } }) => ofLeaving.has(stream))).toEqual([]);
        await leaving.subscription.stop();
        await until('the others', LIMIT_MS, () => new Set(keysOf(staying.got)).size === 40);
        // Said on a connection that is gone: nobody hears it, nothing comes of it.
        for (const message of held) message.ack();
        await staying.subscription.stop();
      });
    });

    const whereItCanGo = (
      title: string,
      run: (setAvailable: (is: boolean) => Promise<void>) => Promise<void>,
    ) =>
      it(
        title,
        async () => {
          // A server that others share is not ours to take away; the run without its address has one of its own.
          if (adapter.setAvailable) await run(adapter.setAvailable.bind(adapter));
          else expect(process.env['EVENTSTORE_URL']).toBeDefined();
        },
        LONG_MS * 2,
      );

    describe('a store that goes away and comes back', () => {
      whereItCanGo('is unavailable meanwhile, and forgets nothing', async (setAvailable) => {
        const { stream, happened, type } = names();
        await store.append(stream, [happened()], 'no_stream');
        const seen: bigint[] = [];
        const subscription = store.subscribeToAll({
          name: 'contract',
          types: [type],
          onEvent: ({ revision }) => void seen.push(revision),
        });
        const group = consumer(store, `group-${type}`, type, (message) => message.ack());
        const both: readonly Subscription[] = [subscription, group.subscription];
        await until('both', LIMIT_MS, () => both.every(({ live }) => live));
        await until('the first event', LIMIT_MS, () => seen.length === 1 && group.got.length === 1);
        await setAvailable(false);
        await until('both to notice', LIMIT_MS, () => both.every(({ live }) => !live));
        await expect(store.append(stream, [happened()], 0n)).rejects.toBeInstanceOf(
          EventStoreUnavailableError,
        );
        await expect(all(store.readStream(stream))).rejects.toBeInstanceOf(EventStoreUnavailableError);
        await expect(all(store.readAll())).rejects.toBeInstanceOf(EventStoreUnavailableError);
        await setAvailable(true);
        await until('an append', LONG_MS, async () => {
          const { revision } = await store.append(stream, [happened()], 0n).catch(async (error: unknown) => {
            if (error instanceof WrongExpectedRevisionError) return { revision: error.actual };
            throw error;
          });
          return revision === 1n;
        });
        await until('both to be back', LONG_MS, () => both.every(({ live }) => live));
        await until('the second event', LONG_MS, () => seen.length >= 2 && group.got.length >= 2);
        expect(seen).toEqual([0n, 1n]);
        expect(new Set(group.got.map(({ event: { revision } }) => revision))).toEqual(new Set([0n, 1n]));
        await Promise.all(both.map((each) => each.stop()));
      });

      whereItCanGo('lets go of subscriptions that are stopped meanwhile', async (setAvailable) => {
        const { type } = names();
        const subscription = store.subscribeToAll({
          name: 'contract',
          types: [type],
          onEvent: () => undefined,
        });
        const group = consumer(store, `group-${type}`, type, (message) => message.ack());
        await until('both', LIMIT_MS, () => subscription.live && group.subscription.live);
        await setAvailable(false);
        let isStopped = false;
        void Promise.all([subscription.stop(), group.subscription.stop()]).then(() => (isStopped = true));
        await until('the end of both', LIMIT_MS, () => isStopped);
        await setAvailable(true);
      });
    });
  });
}

/** Names that nothing else in the store has. */
function names() {
  const id = randomUUID();
  const type = `Happened${id.replaceAll('-', '')}`;
  return { stream: `contract-${id}`, type, happened: (data: object = {}) => event(type, data) };
}

const event = (type: string, data: object = {}): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  metadata: { $correlationId: 'c', actor: 'Zoë 🚢' },
});

async function all(read: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const each of read) events.push(each);
  return events;
}

/** Somebody in the group who remembers what came. */
function consumer(
  store: EventStore,
  group: string,
  type: string,
  handle: (message: GroupMessage) => void,
  bufferSize = 10,
  messageTimeoutMs = 30_000,
) {
  const got: GroupMessage[] = [];
  const subscription = store.joinGroup({
    group,
    types: [type],
    bufferSize,
    messageTimeoutMs,
    onMessage: (message) => {
      got.push(message);
      handle(message);
    },
  });
  return { got, subscription };
}
