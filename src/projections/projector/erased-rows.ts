import type { StoredEvent } from '../../events/stored-event.js';
import { withoutTexts } from '../../events/texts.js';
import type { EventStore } from '../../store/event-store.js';
import type { Db } from '../database/db.js';
import { storableJson } from '../database/storable.js';
import { updateFromJson } from '../database/table-sql.js';
import type { Projection, Table } from '../definitions/projection.js';
import { foldBatch } from './fold-batch.js';

/** Rows in one statement. */
const AT_ONCE = 1_000;

/**
 * Overwrites rows that are otherwise only added to, of streams that were erased: each becomes what its event makes of it without
 * its texts, as if the key had been destroyed before it was ever read. Rows that are not there yet are left out.
 * @param of the connection that has to do with the table, and what the table is called there
 */
export async function overwriteErased(
  streams: readonly string[],
  store: Pick<EventStore, 'readStream'>,
  projections: readonly Projection[],
  of: (table: Table) => { readonly db: Db; readonly name: string },
): Promise<void> {
  const tables = projections
    .flatMap((projection) => projection.tables)
    .filter(({ insertOnly }) => insertOnly);
  for (const stream of streams) {
    const events: StoredEvent[] = [];
    for await (const stored of store.readStream(stream))
      events.push({ ...stored, data: withoutTexts(stored.type, stored.data) });
    const { rows } = foldBatch(events, projections, () => undefined);
    for (const table of tables) {
      const { db, name } = of(table);
      const all = rows.rowsOf(table);
      for (let from = 0; from < all.length; from += AT_ONCE)
        await db.query(updateFromJson(table, name), [storableJson(all.slice(from, from + AT_ONCE))]);
    }
  }
}
