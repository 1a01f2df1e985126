import { pause } from '../../platform/clock.js';
import type { PgSession } from '../database/pg-session.js';

/** Advisory lock of the one projector among the replicas. */
const PROJECTOR_LOCK = [51_170, 2] as const;
const RETRY_MS = 250;

/**
 * Waits until this session is the projector's. The lock is the session's: it ends with the connection, and
 * all rows are written over that same connection, so who has lost the lock can write no more.
 * False when the signal fired or the connection went.
 */
export async function becomeProjector(session: PgSession, signal: AbortSignal): Promise<boolean> {
  while (session.alive && !signal.aborted) {
    const { rows } = await session.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS locked',
      [...PROJECTOR_LOCK],
    );
    if (rows[0]!.locked) return true;
    await pause(RETRY_MS, signal);
  }
  return false;
}
