import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from './clock.js';

describe('the system clock', () => {
  beforeEach(() => void jest.useFakeTimers({ now: 1_000 }));
  afterEach(() => void jest.useRealTimers());

  it('tells the time', () => expect(systemClock.now()).toEqual(new Date(1_000)));

  it('sleeps', async () => {
    const woken = jest.fn();
    void systemClock.sleep(500).then(woken);
    await jest.advanceTimersByTimeAsync(499);
    expect(woken).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(woken).toHaveBeenCalled();
  });

  it('wakes once, unless it is told not to', async () => {
    const [woken, not] = [jest.fn(), jest.fn()];
    systemClock.after(500, woken);
    systemClock.after(500, not)();
    await jest.advanceTimersByTimeAsync(499);
    expect(woken).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(woken).toHaveBeenCalledTimes(1);
    expect(not).not.toHaveBeenCalled();
  });

  it('is woken by a signal, and leaves neither timer nor listener behind', async () => {
    const stop = new AbortController();
    const listeners = jest.spyOn(stop.signal, 'removeEventListener');
    const sleep = systemClock.sleep(500, stop.signal);
    expect(jest.getTimerCount()).toBe(1);
    stop.abort();
    await sleep;
    expect(jest.getTimerCount()).toBe(0);
    expect(listeners).toHaveBeenCalledTimes(1);
  });

  it('does not fall asleep when the signal has fired already', async () => {
    await systemClock.sleep(500, AbortSignal.abort());
    expect(jest.getTimerCount()).toBe(0);
  });
});
