import { ADVISORY_LOCKS, tryLock } from '../../platform/advisory-locks.js';
import type { Db } from '../database/db.js';

/** Another rebuild or verify is under way. */
export class RebuildRunningError extends Error {
  override readonly name = 'RebuildRunningError';
  constructor() {
    super('Another rebuild or verify is under way on this database: wait for its end, or stop it.');
  }
}

/** Runs the work as the only rebuild. Throws RebuildRunningError. */
export async function withRebuildLock<T>(db: Db, work: () => Promise<T>): Promise<T> {
  if (!(await tryLock(db, ADVISORY_LOCKS.rebuild))) throw new RebuildRunningError();
  try {
    return await work();
  } finally {
    // By hand: the server notices only a moment later that the connection has ended, and the next one may come within it.
    await db.query('SELECT pg_advisory_unlock($1, $2)', [...ADVISORY_LOCKS.rebuild]).catch(() => undefined);
  }
}
