import { describe, expect, it } from '@jest/globals';
import { aborted } from './aborts.js';
import { InFlight, SupersededError } from './in-flight.js';

/** An effect that ends when it is stopped, and tells by whom. */
const untilStopped = (signal: AbortSignal) => aborted(signal).then((): unknown => signal.reason);

describe('effects in flight', () => {
  it('are stopped by their task, all of them and no others', async () => {
    const inFlight = new InFlight();
    const first = inFlight.track('a', untilStopped);
    const second = inFlight.track('a', untilStopped);
    const other = inFlight.track('b', untilStopped);
    inFlight.abort('a', 'killed');
    expect(await Promise.all([first, second])).toEqual(Array(2).fill(new SupersededError('killed')));
    expect(inFlight.size).toBe(1);
    inFlight.abort('b', 'archived');
    expect(await other).toEqual(new SupersededError('archived'));
    expect(inFlight.size).toBe(0);
  });

  it('are forgotten when they end, well or badly', async () => {
    const inFlight = new InFlight();
    expect(await inFlight.track('a', () => Promise.resolve(1))).toBe(1);
    await expect(inFlight.track('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(inFlight.size).toBe(0);
    inFlight.abort('a', 'killed');
    expect(await inFlight.track('a', (signal) => Promise.resolve(signal.aborted))).toBe(false);
  });

  it('are all stopped when the process goes down, also those that would only begin', async () => {
    const inFlight = new InFlight();
    const running = [inFlight.track('a', untilStopped), inFlight.track('b', untilStopped)];
    inFlight.close('shutting down');
    const begun = inFlight.track('c', untilStopped);
    expect(await Promise.all([...running, begun])).toEqual(
      Array(3).fill(new SupersededError('shutting down')),
    );
    expect(inFlight.size).toBe(0);
  });
});
