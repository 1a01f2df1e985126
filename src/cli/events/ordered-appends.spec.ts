import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventStore } from '../../store/event-store.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { OrderedAppends } from './ordered-appends.js';

const event = (stream: string, revision = 0n, data: object = {}): StoredEvent => ({
  id: randomUUID(),
  stream,
  type: 'T',
  revision,
  position: 1n,
  created: new Date(0),
  data,
  metadata: {},
});

/** A target that answers when it is told to. */
class PatientTarget {
  readonly waiting: { stream: string; count: number; answer: (position: bigint) => void }[] = [];

  readonly append: EventStore['append'] = (stream, events) =>
    new Promise((resolve) =>
      this.waiting.push({
        stream,
        count: events.length,
        answer: (position) => resolve({ revision: 0n, position }),
      }),
    );
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('ordered appends', () => {
  it('lets the first be stored before any other is sent, then keeps its limit', async () => {
    const target = new PatientTarget();
    const appends = new OrderedAppends(target, 3, () => undefined);
    const adding = (async () => {
      for (const name of 'abcdefg') await appends.add(event(name));
      await appends.finish();
    })();
    await turn();
    expect(target.waiting.map(({ stream }) => stream)).toEqual(['a']);
    target.waiting[0]!.answer(10n);
    await turn();
    expect(target.waiting.map(({ stream }) => stream).join('')).toBe('abcd');
    for (let answered = 1; answered < 7; answered++) {
      target.waiting[answered]!.answer(BigInt(10 + answered));
      await turn();
    }
    await adding;
    expect(target.waiting.map(({ stream }) => stream).join('')).toBe('abcdefg');
  });

  it('finds out when the target took them in another order', async () => {
    const target = new PatientTarget();
    const appends = new OrderedAppends(target, 2, () => undefined);
    const adding = (async () => {
      for (const name of 'abc') await appends.add(event(name));
      await appends.finish();
    })();
    const refused = expect(adding).rejects.toThrow(/did not keep the order/);
    await turn();
    target.waiting[0]!.answer(10n);
    await turn();
    target.waiting[1]!.answer(30n);
    target.waiting[2]!.answer(20n);
    await refused;
  });

  it('sends neighbours in a stream together, as far as they fit', async () => {
    const target = new PatientTarget();
    const appends = new OrderedAppends(target, 1, () => undefined);
    const large = { text: 'x'.repeat(150_000) };
    const events = [event('a'), event('a', 1n), event('b', 0n, large), event('b', 1n, large), event('a', 2n)];
    const adding = (async () => {
      for (const each of events) await appends.add(each);
      await appends.finish();
    })();
    for (let answered = 0; answered < 4; answered++) {
      await turn();
      target.waiting[answered]!.answer(BigInt(answered + 1));
    }
    await adding;
    expect(target.waiting.map(({ stream, count }) => `${stream}${count}`)).toEqual(['a2', 'b1', 'b1', 'a1']);
  });
});
