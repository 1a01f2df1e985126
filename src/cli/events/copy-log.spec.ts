import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { inOrder } from '../../../test/support/decided-task.js';
import { CANARY_TYPE } from '../../store/store-canary.js';
import {
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
  type EventStore,
} from '../../store/event-store.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { copyLog, CopyRefusedError } from './copy-log.js';
import { compareDigests, digestLog } from './log-digest.js';
import { copiable } from './transfer.js';

/** A log in memory, as strict about revisions as a store. */
class MemoryLog implements Pick<EventStore, 'append' | 'readAll'> {
  events: StoredEvent[] = [];
  /** Called before each append: may throw, or write something itself. */
  before: (append: number) => void = () => undefined;
  /** Called after each append was stored, before it is answered. */
  after: (append: number) => void = () => undefined;
  appends = 0;

  readonly append: EventStore['append'] = async (stream, events, expected) => {
    const append = ++this.appends;
    this.before(append);
    const head = BigInt(this.events.filter((event) => event.stream === stream).length) - 1n;
    if ((expected === 'no_stream' ? -1n : expected) !== head)
      throw new WrongExpectedRevisionError(stream, head);
    events.forEach((event, index) => this.put(stream, event.type, head + 1n + BigInt(index), event));
    this.after(append);
    return { revision: head + BigInt(events.length), position: this.events.at(-1)!.position };
  };

  put(stream: string, type: string, revision: bigint, event: Partial<StoredEvent> = {}): void {
    const position = BigInt(this.events.length * 7 + 1000);
    const fresh = { id: randomUUID(), data: { n: this.events.length }, metadata: { actor: 'spec' } };
    this.events.push({ ...fresh, ...event, stream, type, revision, position, created: new Date() });
  }

  readonly readAll: EventStore['readAll'] = () => inOrder([...this.events]);
}

/** Streams of different lengths, their events mixed. */
function sourceLog(streams = 7, rounds = 9): MemoryLog {
  const log = new MemoryLog();
  for (let round = 0; round < rounds; round++)
    for (let stream = 0; stream < streams; stream++)
      if (round <= stream) {
        const revision = log.events.filter((event) => event.stream === `s-${stream}`).length;
        log.put(`s-${stream}`, 'First', BigInt(revision));
        log.put(`s-${stream}`, 'Second', BigInt(revision + 1));
      }
  return log;
}

const copy = (source: MemoryLog, target: MemoryLog, inFlight = 4) =>
  copyLog(() => source.readAll(), target, { inFlight });

async function expectEqual(source: MemoryLog, target: MemoryLog) {
  expect(compareDigests(await digestLog(source.readAll()), await digestLog(target.readAll()))).toEqual([]);
  const kept = ({ stream, id, type, revision, data, metadata }: StoredEvent) => [
    stream,
    id,
    type,
    revision,
    data,
    metadata,
  ];
  expect(target.events.map(kept)).toEqual(source.events.map(kept));
}

describe('copying a log', () => {
  it.each([1, 4, 64])(
    'keeps order, ids, revisions, data and metadata with %i appends under way',
    async (inFlight) => {
      const [source, target] = [sourceLog(), new MemoryLog()];
      const reached: number[] = [];
      await copyLog(() => source.readAll(), target, {
        inFlight,
        onProgress: (events) => reached.push(events),
      });
      await expectEqual(source, target);
      expect(reached.at(-1)).toBe(source.events.length);
      // Neighbours in a stream share an append.
      expect(target.appends).toBeLessThan(source.events.length);
    },
  );

  it('copies nothing from an empty log', async () => {
    const target = new MemoryLog();
    expect(await copy(new MemoryLog(), target)).toBe(0);
    expect(target.events).toEqual([]);
  });

  it('goes on from wherever an earlier run died, also in the middle of an append', async () => {
    const source = sourceLog();
    for (let died = 0; died <= source.events.length; died++) {
      const target = new MemoryLog();
      target.events = source.events.slice(0, died);
      expect(await copy(source, target)).toBe(died);
      await expectEqual(source, target);
    }
  });

  it('goes on when the target was away for a moment, whether or not the append was stored', async () => {
    const [source, target] = [sourceLog(), new MemoryLog()];
    target.before = (append) => {
      if (append === 3) throw new EventStoreUnavailableError('away');
    };
    target.after = (append) => {
      if (append === 9) throw new EventStoreUnavailableError('the answer was lost');
    };
    await copy(source, target, 1);
    await expectEqual(source, target);
  });

  it('goes on when what an earlier run had sent arrives only now', async () => {
    const [source, target] = [sourceLog(), new MemoryLog()];
    target.before = (append) => {
      if (append === 1) target.events.push(...source.events.slice(0, 1));
    };
    expect(await copy(source, target, 1)).toBe(0);
    await expectEqual(source, target);
  });

  it.each<[string, (target: MemoryLog, source: MemoryLog) => void, RegExp]>([
    [
      'events of others',
      (target) => target.put('foreign', 'Their', 0n),
      /event 1 there is Their at foreign@0/,
    ],
    [
      'another order',
      (target, { events }) => (target.events = [events[2]!, events[0]!]),
      /not the beginning/,
    ],
    [
      'more than the source',
      (target, { events }) => {
        target.events = [...events];
        target.put('later', 'More', 0n);
      },
      /holds more than the source: More at later@0/,
    ],
  ])('refuses a target that holds %s and leaves it alone', async (_, prepare, message) => {
    const [source, target] = [sourceLog(), new MemoryLog()];
    prepare(target, source);
    const before = [...target.events];
    const refused = copy(source, target);
    await expect(refused).rejects.toThrow(CopyRefusedError);
    await expect(refused).rejects.toThrow(message);
    expect(target.events).toEqual(before);
  });

  it('gives up when somebody else writes to the target', async () => {
    const [source, target] = [sourceLog(), new MemoryLog()];
    const stream = source.events[0]!.stream;
    target.before = () => {
      const revision = target.events.filter((event) => event.stream === stream).length;
      target.put(stream, 'Their', BigInt(revision));
    };
    await expect(copy(source, target, 1)).rejects.toThrow(/not the beginning|Somebody else/);
  });

  it('leaves internal streams out, on both sides, also where their beginning is gone', async () => {
    const [source, target] = [sourceLog(2, 2), new MemoryLog()];
    const wanted = source.events.length;
    source.put('slipway-canary', CANARY_TYPE, 4_711n);
    source.put('slipway-handling-1', 'HandlingBegan', 0n);
    target.put('slipway-canary-2', CANARY_TYPE, 0n);
    const { historyOf } = await import('../history.js');
    for await (const _ of copiable(historyOf(source)));
    await copyLog(() => historyOf(source), target);
    expect(target.events.filter(({ stream }) => !stream.startsWith('slipway-'))).toHaveLength(wanted);
    expect(target.events).toHaveLength(wanted + 1);
  });
});

describe('the check before a copy', () => {
  const drain = async (log: MemoryLog) => {
    for await (const _ of copiable(log.readAll()));
  };

  it('refuses a stream whose beginning is gone, and data that is not JSON', async () => {
    const truncated = new MemoryLog();
    truncated.put('s', 'Late', 5n);
    await expect(drain(truncated)).rejects.toThrow(/s goes on with revision 5 instead of 0/);
    const binary = new MemoryLog();
    binary.put('s', 'Binary', 0n, { data: new Uint8Array([1]) });
    await expect(drain(binary)).rejects.toThrow(/s@0 does not hold JSON/);
    await drain(sourceLog());
  });
});

describe('the digest of a log', () => {
  it('tells a missing, a changed and an additional stream, and another order', async () => {
    const log = sourceLog(3, 3);
    const whole = await digestLog(log.readAll());
    const differing = async (events: StoredEvent[]) =>
      compareDigests(whole, await digestLog(inOrder(events)));
    expect(await differing(log.events)).toEqual([]);
    expect(await differing(log.events.filter(({ stream }) => stream !== 's-0'))).toEqual(['s-0 is missing']);
    expect(await differing(log.events.slice(0, -1))).toEqual(['s-2 has 5 events instead of 6']);
    const changed = log.events.map((event, index) => (index === 0 ? { ...event, data: { n: 'x' } } : event));
    expect(await differing(changed)).toEqual(['s-0 has other contents']);
    const more = [...log.events, { ...log.events[0]!, stream: 'new' }];
    expect(await differing(more)).toEqual(['new is not in the source']);
    const sorted = [...log.events].sort((a, b) => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0));
    expect(await differing(sorted)).toEqual(['the order of events across streams is another one']);
  });
});
