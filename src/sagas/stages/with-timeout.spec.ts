import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { withTimeout } from './with-timeout.js';

const never = new AbortController().signal;
const hangs = () => new Promise<string>(() => {});

describe('an effect with a time limit', () => {
  let clock: VirtualClock;
  beforeEach(() => void (clock = new VirtualClock()));

  /** Starts it and tells how it has ended so far. */
  const run = (effect: (signal: AbortSignal) => Promise<string>, stop = never) => {
    const outcome: { result?: string; error?: unknown } = {};
    void withTimeout(clock, 1_000, stop, effect).then(
      (result) => (outcome.result = result),
      (error: unknown) => (outcome.error = error),
    );
    return outcome;
  };

  it('gives its result, and leaves no timer behind', async () => {
    const outcome = run(() => clock.sleep(999).then(() => 'done'));
    await clock.advance(999);
    expect(outcome).toEqual({ result: 'done' });
    expect(clock.pending).toBe(0);
  });

  it('fails as the effect does', async () => {
    const broken = new Error('broken');
    const outcome = run(() => Promise.reject(broken));
    await clock.settle();
    expect(outcome).toEqual({ error: broken });
    expect(clock.pending).toBe(0);
  });

  it('is told when the limit passes, and fails with a time-out that may be retried whatever it makes of that', async () => {
    const outcome = run(async (signal) => {
      await clock.sleep(60_000, signal);
      throw new Error('what is this signal?');
    });
    await clock.advance(999);
    expect(outcome).toEqual({});
    await clock.advance(1);
    expect(outcome.error).toMatchObject({
      code: 'timeout',
      retryable: true,
      message: 'No result within 1 s',
    });
    expect(clock.pending).toBe(0);
  });

  it('is left to itself when it does not end within two seconds of that', async () => {
    const outcome = run(hangs);
    await clock.advance(2_999);
    expect(outcome).toEqual({});
    await clock.advance(1);
    expect(outcome.error).toMatchObject({ code: 'timeout' });
    expect(clock.pending).toBe(0);
  });

  it('has succeeded when it succeeds within these two seconds', async () => {
    const outcome = run(() => clock.sleep(2_500).then(() => 'late'));
    await clock.advance(3_000);
    expect(outcome).toEqual({ result: 'late' });
  });

  it('fails with the reason for which it was stopped', async () => {
    const stop = new AbortController();
    const reason = new Error('killed');
    const outcome = run(async (signal) => {
      await clock.sleep(60_000, signal);
      throw signal.reason;
    }, stop.signal);
    await clock.advance(10);
    stop.abort(reason);
    await clock.settle();
    expect(outcome).toEqual({ error: reason });
    expect(clock.pending).toBe(0);
  });

  it('is left to itself when it does not notice that it was stopped', async () => {
    const stop = new AbortController();
    const reason = new Error('killed');
    const outcome = run(hangs, stop.signal);
    stop.abort(reason);
    await clock.advance(1_999);
    expect(outcome).toEqual({});
    await clock.advance(1);
    expect(outcome).toEqual({ error: reason });
  });

  it('is not waited for any longer when it is stopped after its time', async () => {
    const stop = new AbortController();
    const outcome = run(hangs, stop.signal);
    await clock.advance(2_000);
    stop.abort(new Error('killed'));
    await clock.advance(1_000);
    expect(outcome.error).toMatchObject({ code: 'timeout' });
    expect(clock.pending).toBe(0);
  });

  it('does not begin when it was stopped before', async () => {
    const effect = jest.fn(hangs);
    const reason = new Error('killed');
    const outcome = run(effect, AbortSignal.abort(reason));
    await clock.settle();
    expect(outcome).toEqual({ error: reason });
    expect(effect).not.toHaveBeenCalled();
  });

  it('may fail after it was left to itself, without anybody noticing', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const outcome = run(() => clock.sleep(10_000).then(() => Promise.reject(new Error('too late'))));
    await clock.advance(11_000);
    process.off('unhandledRejection', unhandled);
    expect(outcome.error).toMatchObject({ code: 'timeout' });
    expect(unhandled).not.toHaveBeenCalled();
  });
});
