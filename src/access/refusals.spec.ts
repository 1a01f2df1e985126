import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import { until } from '../../test/support/until.js';
import { REFUSALS_STREAM } from '../events/access/refusal-events.js';
import { systemClock } from '../platform/clock.js';
import { RefusalRecord } from './refusal-record.js';
import { WaitingRefusals } from './refusals.js';

const NOW = new Date('2026-01-31T12:00:00.000Z');
const later = (ms: number) => new Date(NOW.getTime() + ms);
const sum = (all: readonly { count: number }[]) => all.reduce((total, { count }) => total + count, 0);

describe('what was refused', () => {
  it('is counted together of one caller from one address, from the first time to the last', () => {
    const waiting = new WaitingRefusals();
    const refusal = {
      code: 'not_permitted',
      actor: 'token:a',
      address: '10.0.0.1',
      path: '/v1/tasks/1/kill',
    };
    waiting.add(refusal, NOW);
    waiting.add({ ...refusal, path: '/v1/tasks/2/kill' }, later(5));
    waiting.add({ ...refusal, address: '10.0.0.2' }, later(6));
    expect(waiting.take()).toEqual([
      { ...refusal, count: 2, firstAt: NOW, at: later(5) },
      { ...refusal, address: '10.0.0.2', count: 1, firstAt: later(6), at: later(6) },
    ]);
    expect(waiting.isEmpty).toBe(true);
  });

  it('is a few counts however many are refused, none is lost, and nobody takes the room of who is known', () => {
    const waiting = new WaitingRefusals();
    const all = [];
    for (let round = 0; round < 100; round++) {
      for (let count = 0; count < 200; count++)
        waiting.add({ code: 'not_authenticated', address: `10.0.${round}.${count}` }, later(round * 1_000));
      all.push(...waiting.take());
    }
    expect(sum(all)).toBe(20_000);
    expect(all.length).toBeLessThan(1_200);
    const known = { code: 'not_permitted', actor: 'user:ann', address: '10.0.0.1' };
    waiting.add(known, later(100_000));
    expect(waiting.take()).toMatchObject([known]);
    // An hour later there is room again.
    waiting.add({ code: 'not_authenticated', address: '10.0.0.1' }, later(3_600_000));
    expect(waiting.take()).toMatchObject([{ actor: 'nobody', address: '10.0.0.1' }]);
  });

  it('is stored behind the requests, also what was refused while the store was away', async () => {
    const store = new InMemoryEventStore();
    const record = new RefusalRecord(store, systemClock, pino({ level: 'silent' }));
    store.setAvailable(false);
    record.note({ code: 'not_authenticated', address: '10.0.0.1', path: `/v1/${'x'.repeat(500)}` });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    store.setAvailable(true);
    record.note({ code: 'not_authenticated', address: '10.0.0.1' });
    await until('it to be stored', 20_000, () => store.log.some(({ stream }) => stream === REFUSALS_STREAM));
    const [{ data, metadata }] = store.log.filter(({ stream }) => stream === REFUSALS_STREAM) as [
      (typeof store.log)[number],
    ];
    expect(data).toMatchObject({
      code: 'not_authenticated',
      count: 2,
      path: expect.stringMatching(/^.{200}$/),
    });
    expect(metadata).toMatchObject({ actor: 'nobody', address: '10.0.0.1' });
    await record.beforeApplicationShutdown();
  });

  it('is stored at the end of the process', async () => {
    const store = new InMemoryEventStore();
    const record = new RefusalRecord(store, systemClock, pino({ level: 'silent' }));
    record.note({ code: 'not_authenticated' });
    await record.beforeApplicationShutdown();
    expect(store.log.map(({ type }) => type)).toContain('RequestRefused');
  });
});
