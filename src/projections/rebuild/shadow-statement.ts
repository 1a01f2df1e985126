import type { Db } from '../database/db.js';
import type { PgSession } from '../database/pg-session.js';
import { storableJson } from '../database/storable.js';
import { identifier, upsertFromJson } from '../database/table-sql.js';
import type { Projection, Table } from '../definitions/projection.js';
import type { Checkpoint } from '../projector/batch-statement.js';
import type { BatchWriter } from '../projector/commit-batch.js';
import type { Folded } from '../projector/fold-batch.js';

/** What a table is called while it is being filled beside the live one. */
export const shadowName = (table: string): string => `${table}__rebuild`;

/** Writes a batch into shadow tables. They have no checkpoint: nobody else writes them, and a rebuild never resumes. */
export class ShadowStatement implements BatchWriter {
  private readonly upserted: readonly Table[];
  private readonly copied: readonly Table[];
  private readonly text: string;

  constructor(
    private readonly session: PgSession,
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

  /** Two statements rather than a transaction of four: a batch waits for half as many answers. */
  async run(db: Db, { position: from }: Checkpoint, _to: bigint, { rows }: Folded): Promise<void> {
    for (const table of this.copied)
      await this.session.copyIn(table, shadowName(table.name), rows.rowsOf(table));
    try {
      const values = this.upserted.map((table) => storableJson(rows.rowsOf(table)));
      await db.query({ name: 'shadow-batch', text: this.text, values });
    } catch (error) {
      for (const { name } of this.copied)
        await db.query(`DELETE FROM ${identifier(shadowName(name))} WHERE position > $1`, [from]);
      throw error;
    }
  }
}
