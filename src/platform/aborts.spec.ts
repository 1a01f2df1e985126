import { describe, expect, it, jest } from '@jest/globals';
import { aborted, firstOf, onAbort, orAborted } from './aborts.js';

const reason = new Error('enough');
const fired = AbortSignal.abort(reason);
const never = new AbortController().signal;
const pending = () => new Promise<never>(() => undefined);

describe('waiting for a signal', () => {
  it('never misses that it has fired already', async () => {
    const call = jest.fn();
    onAbort(fired, call)();
    expect(call).toHaveBeenCalledTimes(1);
    await aborted(fired);
    await expect(orAborted(pending(), fired)).rejects.toBe(reason);
    const work = jest.fn(pending);
    await expect(firstOf(fired, work)).rejects.toBe(reason);
    expect(work).not.toHaveBeenCalled();
  });

  it('hears once of a signal that fires later, and not at all when taken back', () => {
    const controller = new AbortController();
    const [kept, takenBack] = [jest.fn(), jest.fn()];
    onAbort(controller.signal, kept);
    onAbort(controller.signal, takenBack)();
    controller.abort();
    controller.abort();
    expect(kept).toHaveBeenCalledTimes(1);
    expect(takenBack).not.toHaveBeenCalled();
  });
});

describe('firstOf', () => {
  it('has the outcome of the first, stops the others and waits for none of them', async () => {
    let other: AbortSignal | undefined;
    const deaf = (signal: AbortSignal) => ((other = signal), pending());
    await expect(firstOf<number>(never, async () => 7, deaf)).resolves.toBe(7);
    expect(other?.aborted).toBe(true);
    await expect(firstOf(never, () => Promise.reject(reason), deaf)).rejects.toBe(reason);
  });

  it('ends with the outer signal, also when none of them listens', async () => {
    const controller = new AbortController();
    let inner: AbortSignal | undefined;
    const outcome = firstOf(controller.signal, (signal) => ((inner = signal), pending()));
    controller.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    expect(inner?.reason).toBe(reason);
  });
});
