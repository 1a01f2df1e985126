import { expect, it } from '@jest/globals';
import { Wakeable } from './wakeable.js';

const LONG_MS = 600_000;

it('waits until it is woken, also where that came before the wait', async () => {
  const waiting = new Wakeable();
  const { signal } = new AbortController();
  const wait = waiting.wait(LONG_MS, signal);
  waiting.wake();
  expect(await wait).toBeUndefined();
  waiting.wake();
  expect(await waiting.wait(LONG_MS, signal)).toBeUndefined();
});

it('ends with the signal, and after the time', async () => {
  const waiting = new Wakeable();
  const stop = new AbortController();
  const wait = waiting.wait(LONG_MS, stop.signal);
  stop.abort();
  await wait;
  await waiting.wait(LONG_MS, stop.signal);
  await waiting.wait(1, new AbortController().signal);
});
