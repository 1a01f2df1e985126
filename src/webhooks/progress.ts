import { backOffMs } from '../platform/back-off.js';

/** How far a webhook has got. Times are ISO 8601. */
export interface Progress {
  /** What happened up to here was delivered, or is not wanted. */
  readonly position: string;
  /** Attempts at the delivery that comes next which have failed. */
  readonly failures: number;
  readonly failingSince: string | null;
  readonly nextAttemptAt: string | null;
}

/** How one attempt at a delivery ended. */
export interface Attempt {
  /** When it began, ISO 8601. */
  readonly at: string;
  readonly durationMs: number;
  /** What the receiver answered; null where it did not. */
  readonly status: number | null;
  /** What went wrong, for people; null where nothing did. */
  readonly error: string | null;
}

/** How failures are met, in milliseconds. */
export interface FailurePolicy {
  readonly firstMs: number;
  readonly capMs: number;
  /** A receiver that has failed for so long is given up. */
  readonly giveUpMs: number;
}

const GONE = 410;
/** A receiver that was never tried more often is not given up, however long the service itself was down meanwhile. */
const LEAST_FAILURES = 3;

/** Where a webhook begins, be it anew. */
export const startingAt = (position: string): Progress => ({
  position,
  failures: 0,
  failingSince: null,
  nextAttemptAt: null,
});

/**
 * What comes of an attempt at the delivery of what happened at a position: the next one's turn, or another attempt later, or why
 * the webhook is given up. Pure.
 * @param random a number from 0 up to 1
 */
export function afterAttempt(
  before: Progress,
  position: string,
  attempt: Attempt,
  policy: FailurePolicy,
  random: number,
): { readonly progress: Progress; readonly givenUp: string | null } {
  if (attempt.error === null) return { progress: startingAt(position), givenUp: null };
  const failures = before.failures + 1;
  const failingSince = before.failingSince ?? attempt.at;
  const over = Date.parse(attempt.at) + attempt.durationMs;
  const nextAttemptAt = new Date(over + backOffMs(failures, policy, random)).toISOString();
  const progress = { ...before, failures, failingSince, nextAttemptAt };
  return { progress, givenUp: reasonToGiveUp(progress, failingSince, attempt, over, policy) };
}

function reasonToGiveUp(
  { failures }: Progress,
  failingSince: string,
  { status, error }: Attempt,
  now: number,
  { giveUpMs }: FailurePolicy,
): string | null {
  if (status === GONE) return 'The receiver answered 410: it wants no more.';
  if (failures < LEAST_FAILURES || now - Date.parse(failingSince) < giveUpMs) return null;
  return `It has failed ${failures} times since ${failingSince}, at last with: ${error}`;
}
