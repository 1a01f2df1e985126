import type { Db } from '../database/db.js';
import { identifier, renameTable } from '../database/table-sql.js';
import type { Projection } from '../definitions/projection.js';
import type { ParkedEvent } from '../projector/fold-batch.js';
import { shadowName } from './shadow-statement.js';

/**
 * Puts the shadow tables into the place of the live ones. To be called inside a transaction that holds the
 * checkpoint, with the shadow at the very position of the checkpoint: see `rebuild.ts`.
 */
export async function swap(db: Db, projections: readonly Projection[]): Promise<void> {
  for (const { name, version, tables } of projections) {
    for (const table of tables) {
      await db.query(`DROP TABLE IF EXISTS ${identifier(table.name)}`);
      for (const statement of renameTable(table, shadowName(table.name), table.name))
        await db.query(statement);
    }
    await db.query(
      `INSERT INTO projections (name, version) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET version = excluded.version, built_at = now()`,
      [name, version],
    );
  }
  // Whoever projects writes for the generation that it knows: it looks again before it goes on.
  await db.query('UPDATE read_model SET generation = generation + 1');
}

/** What is parked up to the position is what could not be projected this time. */
export async function replaceParked(db: Db, upTo: bigint, parked: readonly ParkedEvent[]): Promise<void> {
  await db.query('DELETE FROM parked_events WHERE position <= $1', [upTo]);
  for (const { stored, reason } of parked)
    await db.query(
      'INSERT INTO parked_events (position, stream, revision, type, reason) VALUES ($1, $2, $3, $4, $5)',
      [stored.position, stored.stream, stored.revision, stored.type, reason],
    );
}
