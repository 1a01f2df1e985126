import { NoRowsError, withRows } from '../rows-client.js';

/** An event that the projector could not turn into rows. */
export interface ParkedRow {
  readonly position: string;
  readonly stream: string;
  readonly revision: string;
  readonly type: string;
  readonly reason: string;
  readonly parkedAt: Date;
}

/** What the projector has parked, oldest first. Rejects when PostgreSQL does not answer. */
export function parkedRows(databaseUrl: string): Promise<ParkedRow[]> {
  return withRows(databaseUrl, async (db) => {
    const { rows } = await db.query<ParkedRow>(
      'SELECT position, stream, revision, type, reason, parked_at AS "parkedAt" FROM parked_events ORDER BY position',
    );
    return rows;
  }).catch((error: unknown) => {
    if (error instanceof NoRowsError) return [];
    throw error;
  });
}

/** Forgets what the projector parked, up to and including a position. Resolves with how much that was. */
export function forgetParkedRows(databaseUrl: string, upTo: bigint): Promise<number> {
  return withRows(databaseUrl, async (db) => {
    const { rowCount } = await db.query('DELETE FROM parked_events WHERE position <= $1', [upTo.toString()]);
    return rowCount ?? 0;
  });
}
