const FIRST_MS = 300;
const CAP_MS = 15_000;

/**
 * Milliseconds before connection attempt `attempt` (from 1): doubling, capped, and up to half of it taken
 * off at random, so that the clients of a restarted service do not come back all at once.
 */
export const reconnectDelay = (attempt: number, random = Math.random()): number =>
  Math.round(Math.min(CAP_MS, FIRST_MS * 2 ** (attempt - 1)) * (1 - random / 2));
