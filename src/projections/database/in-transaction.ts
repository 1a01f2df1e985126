import type { Db } from './db.js';

/** Runs the work in one transaction of the connection: what it wrote is there when this resolves, and nothing of it when it rejects. */
export async function inTransaction<T>(db: Db, work: () => Promise<T>): Promise<T> {
  await db.query('BEGIN');
  try {
    const result = await work();
    await db.query('COMMIT');
    return result;
  } catch (error) {
    await db.query('ROLLBACK');
    throw error;
  }
}
