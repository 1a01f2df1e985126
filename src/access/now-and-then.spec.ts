import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { until } from '../../test/support/until.js';
import { NowAndThen } from './now-and-then.js';

const silent = pino({ level: 'silent' });
const START = Date.parse('2026-01-31T12:00:00.000Z');

describe('that somebody was here', () => {
  const told: string[] = [];
  const there = new Set(['a', 'b']);
  let ms = START;
  const clock = { now: () => new Date(ms), after: () => () => undefined, sleep: () => Promise.resolve() };
  const visits = new NowAndThen(clock, (id) => there.has(id), silent);
  const visit = (id: string, stored: string | null = null) =>
    visits.tell(id, stored, 1_000, () => Promise.resolve(told.push(id)));

  it('is told at most so often, also where others have stored it, and of each by itself', () => {
    visit('a');
    visit('a');
    visit('b', new Date(START - 500).toISOString());
    expect(told).toEqual(['a']);
    ms += 999;
    visit('a');
    visit('b', new Date(START - 500).toISOString());
    expect(told).toEqual(['a', 'b']);
    ms += 1;
    visit('a');
    expect(told).toEqual(['a', 'b', 'a']);
  });

  it('is forgotten of whom is not there any more', () => {
    expect(visits.size).toBe(2);
    there.delete('b');
    ms += 1_000;
    visit('a');
    expect(visits.size).toBe(1);
  });

  it('is told the next time where it could not be', async () => {
    ms += 1_000;
    visits.tell('a', null, 1_000, () => Promise.reject(new Error('away')));
    await until('it to be tried', 5_000, () => visits.size === 0);
    const before = told.length;
    visit('a');
    expect(told.length).toBe(before + 1);
  });
});
