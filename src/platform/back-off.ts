/** Waits between attempts: first, doubling, capped; each with up to half of it taken off at random. */
export interface BackOffPolicy {
  readonly firstMs: number;
  readonly capMs: number;
}

/**
 * Milliseconds to wait before the attempt that follows the given one: doubling, capped, and up to half of
 * it taken off at random so that what failed together does not come back together.
 * @param random a number from 0 up to 1
 */
export function backOffMs(attempt: number, policy: BackOffPolicy, random: number): number {
  const full = Math.min(policy.capMs, policy.firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (1 - random / 2));
}
