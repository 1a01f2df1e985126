import { tryLock, type AdvisoryLock } from '../../platform/advisory-locks.js';
import { pause } from '../../platform/clock.js';
import type { PgSession } from './pg-session.js';

const RETRY_MS = 250;

/**
 * Waits until the lock is this session's. It ends with the connection: who has lost it can do nothing more over that one.
 * False when the signal fired or the connection went.
 */
export async function waitForLock(
  session: PgSession,
  lock: AdvisoryLock,
  signal: AbortSignal,
): Promise<boolean> {
  while (session.alive && !signal.aborted) {
    if (await tryLock(session, lock)) return true;
    await pause(RETRY_MS, signal);
  }
  return false;
}
