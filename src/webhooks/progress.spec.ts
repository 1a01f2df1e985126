import { describe, expect, it } from '@jest/globals';
import { afterAttempt, startingAt, type Attempt, type Progress } from './progress.js';

const POLICY = { firstMs: 1_000, capMs: 8_000, giveUpMs: 60_000 };
const BEGIN = Date.parse('2026-11-27T10:00:00.000Z');
const at = (seconds: number) => new Date(BEGIN + seconds * 1_000).toISOString();
const attempt = (seconds: number, status: number | null, error: string | null): Attempt => ({
  at: at(seconds),
  durationMs: 500,
  status,
  error,
});
const failed = (seconds: number, status = 500) =>
  attempt(seconds, status, `The receiver answered ${status}.`);
const after = (before: Progress, what: Attempt) => afterAttempt(before, '20', what, POLICY, 0);

describe('what comes of an attempt', () => {
  it('goes on to what was delivered, whatever failed before', () => {
    const before = { position: '10', failures: 7, failingSince: at(0), nextAttemptAt: at(5) };
    expect(after(before, attempt(6, 204, null))).toEqual({ progress: startingAt('20'), givenUp: null });
  });

  it('stays where it is after a failure and tries again later, doubling up to a limit', () => {
    let progress = startingAt('10');
    const waits: number[] = [];
    for (let n = 0; n < 6; n++) {
      const next = after(progress, failed(n));
      expect(next.givenUp).toBeNull();
      expect(next.progress).toMatchObject({ position: '10', failures: n + 1, failingSince: at(0) });
      waits.push(Date.parse(next.progress.nextAttemptAt!) - Date.parse(at(n)) - 500);
      progress = next.progress;
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  it('takes up to half of a wait off at random, so that not all come back at once', () => {
    const { progress } = afterAttempt(startingAt('10'), '20', failed(0), POLICY, 0.999_999);
    expect(Date.parse(progress.nextAttemptAt!) - BEGIN - 500).toBe(500);
  });

  it('gives up who says that they want no more, at once', () => {
    expect(after(startingAt('10'), failed(0, 410)).givenUp).toContain('410');
  });

  it('gives up what has failed for long, and says since when and with what', () => {
    const before = { position: '10', failures: 9, failingSince: at(0), nextAttemptAt: at(60) };
    expect(after(before, failed(59)).givenUp).toBeNull();
    const { givenUp, progress } = after(before, failed(60, 503));
    expect(givenUp).toBe(`It has failed 10 times since ${at(0)}, at last with: The receiver answered 503.`);
    expect(progress.position).toBe('10');
  });

  it('gives nobody up who was hardly tried: the service itself may have been down', () => {
    const before = { position: '10', failures: 1, failingSince: at(0), nextAttemptAt: at(1) };
    expect(after(before, failed(100_000)).givenUp).toBeNull();
  });
});
