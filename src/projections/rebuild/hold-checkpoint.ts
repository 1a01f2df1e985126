import type { Db } from '../database/db.js';
import { inTransaction } from '../database/in-transaction.js';
import { PgSession } from '../database/pg-session.js';
import { readCheckpoint } from '../projector/checkpoint.js';

/** Who waits for a lock stands in the way of those behind: better to come back than to wait long. */
const LOCK_TIMEOUT = '500ms';
const MAX_TRIES = 50;
/** SQLSTATE: lock not available, deadlock detected. */
const COME_BACK = ['55P03', '40P01'];

/**
 * Holds the checkpoint of the live rows where it is while the work runs, inside the transaction that holds
 * it (`db`), and commits. The projector waits meanwhile; readers do not. Its statement takes its locks in
 * the same order, checkpoint first.
 */
export async function holdCheckpoint<T>(
  url: string,
  work: (db: Db, position: bigint) => Promise<T>,
): Promise<T> {
  const session = await PgSession.open(url, 'slipway-rebuild-swap', { unhurried: true });
  try {
    for (let tries = 1; ; tries++) {
      try {
        return await holding(session, work);
      } catch (error) {
        const { code } = error as { code?: string };
        if (tries >= MAX_TRIES || code === undefined || !COME_BACK.includes(code)) throw error;
      }
    }
  } finally {
    session.close();
  }
}

const holding = <T>(db: Db, work: (db: Db, position: bigint) => Promise<T>): Promise<T> =>
  inTransaction(db, async () => {
    await db.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await db.query('LOCK TABLE read_model IN EXCLUSIVE MODE');
    return work(db, (await readCheckpoint(db)).position);
  });
