import { describe, expect, it, jest } from '@jest/globals';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { Background } from './background.js';

describe('work behind', () => {
  it('is done again until it succeeds, and tells of each failure', async () => {
    const clock = new VirtualClock();
    const work = jest.fn<() => Promise<void>>().mockResolvedValue();
    work.mockRejectedValueOnce(new Error('one')).mockRejectedValueOnce(new Error('two'));
    const onFailure = jest.fn();
    const background = new Background();
    let isDone = false;
    background.keep(
      background.untilDone(work, { clock, againMs: 5_000, onFailure }).then(() => (isDone = true)),
    );
    await clock.advance(4_999);
    expect([work.mock.calls.length, isDone]).toEqual([1, false]);
    await clock.advance(5_001);
    expect([work.mock.calls.length, isDone]).toEqual([3, true]);
    expect(onFailure.mock.calls).toEqual([[new Error('one')], [new Error('two')]]);
  });

  it('is waited for at the stop, is not begun again after it, and may end as it likes', async () => {
    const clock = new VirtualClock();
    const background = new Background();
    let end!: (error: Error) => void;
    const work = jest.fn(() => new Promise<void>((_, reject) => (end = reject)));
    const onFailure = jest.fn();
    background.keep(background.untilDone(work, { clock, againMs: 1, onFailure }));
    background.keep(Promise.reject(new Error('of its own')));
    let isStopped = false;
    const stopped = background.stop().then(() => (isStopped = true));
    await clock.settle();
    expect([background.signal.aborted, isStopped]).toEqual([true, false]);
    end(new Error('stopped'));
    await stopped;
    expect([work.mock.calls.length, onFailure.mock.calls.length]).toEqual([1, 0]);
  });
});
