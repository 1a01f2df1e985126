import type { Db } from './db.js';
import { inTransaction } from './in-transaction.js';
import { PROJECTIONS } from '../definitions/index.js';
import { createIndexes, createTable } from './table-sql.js';

/**
 * In a database that has none, makes the tables of all projections, empty, at the start of the log. In any
 * other, a projection that is new or has changed is left to the rebuild.
 */
export async function installProjections(db: Db): Promise<void> {
  const { rows } = await db.query<{ count: number }>('SELECT count(*)::int AS count FROM projections');
  if (rows[0]!.count > 0) return;
  await inTransaction(db, async () => {
    for (const { name, version, tables } of PROJECTIONS) {
      for (const table of tables) {
        await db.query(createTable(table));
        for (const index of createIndexes(table)) await db.query(index);
      }
      await db.query('INSERT INTO projections (name, version) VALUES ($1, $2)', [name, version]);
    }
  });
}
