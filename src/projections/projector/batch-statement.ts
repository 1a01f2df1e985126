import type { Db } from '../database/db.js';
import { storableJson } from '../database/storable.js';
import type { Projection } from '../definitions/projection.js';
import { upsertFromJson } from '../database/table-sql.js';
import { type Checkpoint, CheckpointMovedError } from './checkpoint.js';
import type { BatchWriter } from './commit-batch.js';
import type { Folded } from './fold-batch.js';

/** The channel on which every commit of rows is told to the other replicas; the payload is the position. */
export const ROWS_CHANNEL = 'slipway_rows';

/**
 * The one statement of a batch: moves the checkpoint from where this projector left it (or does nothing),
 * and with it writes rows and parked events and tells the others. One statement is one transaction.
 */
export class BatchStatement implements BatchWriter {
  private readonly text: string;
  private readonly name: string;

  constructor(private readonly projections: readonly Projection[]) {
    const tables = projections.flatMap((projection) => projection.tables);
    const writes = tables.map((table, index) => `, w${index} AS (${upsertFromJson(table, `$${index + 5}`)})`);
    this.text = `WITH mark AS (
        UPDATE read_model SET position = $2 WHERE position = $1 AND generation = $3 RETURNING position
      ), parked AS (
        INSERT INTO parked_events (position, stream, revision, type, reason)
        SELECT r.position, r.stream, r.revision, r.type, r.reason
        FROM mark, json_to_recordset($4::json)
          AS r(position bigint, stream text, revision bigint, type text, reason text)
        ON CONFLICT (position) DO NOTHING
      )${writes.join('')}
      SELECT pg_notify('${ROWS_CHANNEL}', position::text) FROM mark`;
    // The name stands for the text: another set of projections is another statement.
    this.name = `batch-${projections.map(({ name }) => name).join('-')}`.slice(0, 60);
  }

  /** Throws CheckpointMovedError when nothing was written because the checkpoint is not where it was. */
  async run(db: Db, from: Checkpoint, to: bigint, { rows, parked }: Folded): Promise<void> {
    const parkedRows = parked.map(({ stored, reason }) => ({
      position: stored.position.toString(),
      stream: stored.stream,
      revision: stored.revision.toString(),
      type: stored.type,
      reason,
    }));
    const result = await db.query({
      name: this.name,
      text: this.text,
      values: [from.position, to, from.generation, storableJson(parkedRows), ...rows.toJson()],
    });
    if (result.rowCount !== 1) {
      const names = this.projections.map(({ name }) => name).join(', ');
      throw new CheckpointMovedError(`The checkpoint of ${names} is not at ${from.position} any more`);
    }
  }
}
