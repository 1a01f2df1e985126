import type { Db } from '../database/db.js';
import { storableJson } from '../database/storable.js';
import { upsertFromJson } from '../database/table-sql.js';
import type { Projection, Row, Table } from '../definitions/projection.js';
import type { Checkpoint } from '../projector/checkpoint.js';
import type { BatchWriter } from '../projector/commit-batch.js';
import type { Folded } from '../projector/fold-batch.js';
import type { RowBatch } from '../projector/row-batch.js';
import { allOf, type RebuildSessions } from './rebuild-sessions.js';
import { SeenKeys } from './seen-keys.js';

/** What a table is called while it is being filled beside the live one. */
export const shadowName = (table: string): string => `${table}__rebuild`;

/**
 * Writes a batch into shadow tables, on two connections at once: what is only added to on the one, what is looked up and
 * replaced on the other. They have no checkpoint: nobody else writes them, and a rebuild never resumes.
 */
export class ShadowStatement implements BatchWriter {
  private readonly kept: readonly Table[];
  private readonly added: readonly Table[];
  private readonly text: string;
  private readonly seen = new SeenKeys();

  constructor(
    private readonly sessions: RebuildSessions,
    projections: readonly Projection[],
  ) {
    const tables = projections.flatMap((projection) => projection.tables);
    this.kept = tables.filter(({ insertOnly }) => !insertOnly);
    this.added = tables.filter(({ insertOnly }) => insertOnly);
    const writes = this.kept.map(
      (table, index) => `w${index} AS (${upsertFromJson(table, `$${index + 1}`, shadowName(table.name))})`,
    );
    this.text = `WITH mark AS (SELECT), ${writes.join(', ')} SELECT`;
  }

  async run(_db: Db, _from: Checkpoint, _to: bigint, { rows }: Folded): Promise<void> {
    try {
      await allOf([this.keep(rows), this.add(rows)]);
    } catch (error) {
      await this.sessions.both((session) => session.query('ROLLBACK'));
      throw error;
    }
    // Both or neither: a crash between the two commits ends the rebuild, and its tables.
    await this.sessions.both((session) => session.query('COMMIT'));
  }

  private async keep(rows: RowBatch): Promise<void> {
    const { main } = this.sessions;
    const begun = main.query('BEGIN');
    const values: string[] = [];
    let changesOld = false;
    for (const table of this.kept) {
      const { fresh, old } = this.split(table, rows);
      values.push(storableJson(old));
      changesOld ||= old.length > 0;
      await begun;
      if (fresh.length > 0) await main.copyIn(table, shadowName(table.name), fresh);
    }
    if (changesOld) await main.query({ name: 'shadow-batch', text: this.text, values });
  }

  /** What is certain to be new to the table can be copied into it, which is cheaper for PostgreSQL than an upsert. */
  private split(table: Table, rows: RowBatch): { fresh: Row[]; old: Row[] } {
    const fresh: Row[] = [];
    const old: Row[] = [];
    for (const [key, row] of rows.keyedRowsOf(table))
      (this.seen.add(`${table.name} ${key}`) ? old : fresh).push(row);
    return { fresh, old };
  }

  private async add(rows: RowBatch): Promise<void> {
    const { beside } = this.sessions;
    await beside.query('BEGIN');
    for (const table of this.added) await beside.copyIn(table, shadowName(table.name), rows.rowsOf(table));
  }
}
