import { beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import type { GroupMessage, StoredEvent } from '../events/store/event-store.js';
import { CrashSuspects, CrashingMessageError } from './crash-suspects.js';

const STORED_AT = Date.parse('2026-01-02T03:04:05Z');
const LATER = STORED_AT + 1;

let store: InMemoryEventStore;
let event: StoredEvent;
let clock: VirtualClock;

/** A life of the process. */
function bornAt(time: number): CrashSuspects {
  clock = new VirtualClock(time);
  return new CrashSuspects(store, clock);
}

/** Those whose handling has to take turns. */
let alone: number;
const inTurn = (effect: () => Promise<void>) => effect();
const inTurnAlone = (effect: () => Promise<void>) => {
  alone++;
  return effect();
};
const message = (retryCount = 0): GroupMessage => ({
  event,
  retryCount,
  ack: () => undefined,
  park: () => undefined,
  retry: () => undefined,
});
const handle = (life: CrashSuspects, effect: () => Promise<void>, retryCount?: number) =>
  life.run(message(retryCount), inTurn, inTurnAlone, effect);
const traces = () => store.log.filter(({ stream }) => stream.startsWith('slipway-handling-'));
const done = () => Promise.resolve();

/** A life of the process that ends while it handles the message. */
async function crash(): Promise<CrashSuspects> {
  const life = bornAt(LATER);
  await new Promise<void>((resolve, reject) => {
    handle(life, () => {
      resolve();
      return new Promise(() => undefined);
    }).catch(reject);
  });
  return life;
}

beforeEach(async () => {
  alone = 0;
  store = new InMemoryEventStore({ now: () => new Date(STORED_AT) });
  await store.append('task-1', [{ id: 'e-1', type: 'TaskCreated', data: {}, metadata: {} }], 'no_stream');
  event = store.log[0]!;
});

describe('a message', () => {
  it('that is delivered for the first time leaves no trace', async () => {
    await handle(bornAt(STORED_AT), done);
    expect(traces()).toEqual([]);
  });

  it.each([
    ['from before this life', LATER, 0],
    ['delivered again', STORED_AT, 1],
  ])('%s is handled beside others, behind one trace', async (_, born, retryCount) => {
    await handle(bornAt(born), done, retryCount);
    expect(traces().map(({ type }) => type)).toEqual(['HandlingBegun']);
    expect(alone).toBe(0);
  });

  it('in hand at two crashes is handled by itself, and is as good as any other if it survives that', async () => {
    await crash();
    let handled = false;
    await handle(bornAt(LATER), async () => void (handled = true));
    expect(handled).toBe(true);
    expect(alone).toBe(1);
  });

  it('in hand at three crashes is not handled again', async () => {
    await crash();
    await crash();
    const last = handle(bornAt(LATER), () => Promise.reject(new Error('handled')));
    await expect(last).rejects.toThrow(CrashingMessageError);
  });

  it('that has run by itself for a while lets the next begin, and is no suspect', async () => {
    await crash();
    for (let round = 0; round < 3; round++) {
      let free = false;
      const life = bornAt(LATER);
      const alone = (effect: () => Promise<void>) => effect().then(() => void (free = true));
      void life.run(message(), inTurn, alone, () => new Promise(() => undefined));
      await clock.advance(4_000);
      expect(free).toBe(false);
      await clock.advance(2_000);
      expect(free).toBe(true);
    }
  });

  it('that was parked and is replayed begins anew', async () => {
    await crash();
    const life = await crash();
    await life.acquit(event, 'MessageParked');
    alone = 0;
    await handle(bornAt(LATER), done);
    expect(alone).toBe(0);
  });

  it('whose handling ends in any other way than a crash is not held guilty', async () => {
    for (let round = 0; round < 5; round++) {
      const stopped = handle(bornAt(LATER), () => Promise.reject(new Error('stopped')));
      await expect(stopped).rejects.toThrow('stopped');
    }
    await handle(bornAt(LATER), done);
    expect(alone).toBe(0);
  });

  it('that comes again in the same life is not held against itself', async () => {
    const life = bornAt(LATER);
    for (let delivery = 1; delivery <= 5; delivery++) await handle(life, done, delivery);
    expect(alone).toBe(0);
  });
});
