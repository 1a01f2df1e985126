import type { Db } from '../database/db.js';
import type { PgSession } from '../database/pg-session.js';
import { storableJson } from '../database/storable.js';
import { upsertFromJson } from '../database/table-sql.js';
import type { Projection, Table } from '../definitions/projection.js';
import type { Checkpoint } from '../projector/batch-statement.js';
import type { BatchWriter } from '../projector/commit-batch.js';
import type { Folded } from '../projector/fold-batch.js';
import type { RowBatch } from '../projector/row-batch.js';

/** What a table is called while it is being filled beside the live one. */
export const shadowName = (table: string): string => `${table}__rebuild`;

/**
 * Writes a batch into shadow tables, on two connections at once: what is only added to on the one, what is looked up and
 * replaced on the other. They have no checkpoint: nobody else writes them, and a rebuild never resumes.
 */
export class ShadowStatement implements BatchWriter {
  private readonly upserted: readonly Table[];
  private readonly copied: readonly Table[];
  private readonly text: string;

  constructor(
    private readonly upserting: PgSession,
    private readonly copying: PgSession,
    projections: readonly Projection[],
  ) {
    const tables = projections.flatMap((projection) => projection.tables);
    this.upserted = tables.filter(({ insertOnly }) => !insertOnly);
    this.copied = tables.filter(({ insertOnly }) => insertOnly);
    const writes = this.upserted.map(
      (table, index) => `w${index} AS (${upsertFromJson(table, `$${index + 1}`, shadowName(table.name))})`,
    );
    this.text = `WITH mark AS (SELECT), ${writes.join(', ')} SELECT`;
  }

  async run(_db: Db, _from: Checkpoint, _to: bigint, { rows }: Folded): Promise<void> {
    const sessions = [this.upserting, this.copying];
    const written = await Promise.allSettled([this.upsert(rows), this.copy(rows)]);
    const refused = written.find((result) => result.status === 'rejected');
    // Both or neither: a crash between the two commits ends the rebuild, and its tables.
    await Promise.all(sessions.map((session) => session.query(refused ? 'ROLLBACK' : 'COMMIT')));
    if (refused) throw refused.reason;
  }

  private async upsert(rows: RowBatch): Promise<void> {
    const begun = this.upserting.query('BEGIN');
    const values = this.upserted.map((table) => storableJson(rows.rowsOf(table)));
    await begun;
    await this.upserting.query({ name: 'shadow-batch', text: this.text, values });
  }

  private async copy(rows: RowBatch): Promise<void> {
    await this.copying.query('BEGIN');
    for (const table of this.copied)
      await this.copying.copyIn(table, shadowName(table.name), rows.rowsOf(table));
  }
}
