import { tracePoint } from '../../platform/trace-points.js';
import type { EventStore } from '../../store/event-store.js';
import type { StoredEvent } from '../../events/stored-event.js';
import type { Db } from '../database/db.js';
import { inTransaction } from '../database/in-transaction.js';
import { storableJson } from '../database/storable.js';
import type { Projection } from '../definitions/projection.js';
import { upsertFromJson } from '../database/table-sql.js';
import { type Checkpoint, CheckpointMovedError } from './checkpoint.js';
import { overwriteErased } from './erased-rows.js';
import { type Folded, foldBatch, type Folds } from './fold-batch.js';
import { RowBatch } from './row-batch.js';

/** The channel on which every commit of rows is told to the other replicas; the payload is the position. */
export const ROWS_CHANNEL = 'slipway_rows';

/**
 * The one statement of a batch: moves the checkpoint from where this projector left it (or does nothing), and with it
 * writes rows and parked events and tells the others. One statement is one transaction; a batch with erasures takes more
 * of them, in one transaction.
 */
export class BatchStatement implements BatchWriter {
  private readonly text: string;
  private readonly name: string;

  /** @param store where the events of erased streams are read */
  constructor(
    private readonly projections: readonly Projection[],
    private readonly store: Pick<EventStore, 'readStream'>,
  ) {
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
  async run(db: Db, from: Checkpoint, to: bigint, folded: Folded): Promise<void> {
    const { erased } = folded;
    if (erased.length === 0) return this.write(db, from, to, folded);
    await inTransaction(db, async () => {
      await this.write(db, from, to, folded);
      await overwriteErased(erased, this.store, this.projections, ({ name }) => ({ db, name }));
    });
  }

  private async write(db: Db, from: Checkpoint, to: bigint, { rows, parked }: Folded): Promise<void> {
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

/** SQLSTATE classes by which PostgreSQL says that it is the data it does not like. */
const BAD_DATA = /^(22|23|54)/;

export interface Committed {
  readonly checkpoint: Checkpoint;
  readonly folded: Folded;
}

/**
 * Folds and commits a batch; yields once for each commit. Where PostgreSQL refuses the data the batch is
 * halved until the event is found that it refuses: that one is parked, the others go in.
 */
export async function* commitBatch(
  events: readonly StoredEvent[],
  from: Checkpoint,
  { db, folds, projections, statement }: Writer,
): AsyncGenerator<Committed> {
  let checkpoint = from;
  const parts: (readonly StoredEvent[])[] = [events];
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    let folded = foldBatch(part, projections, await folds.before(part, db));
    const position = part.at(-1)!.position;
    try {
      tracePoint('projector.before-commit');
      await statement.run(db, checkpoint, position, folded);
      tracePoint('projector.after-commit');
    } catch (error) {
      if (!isBadData(error)) throw error;
      if (part.length > 1) {
        const half = part.length >> 1;
        parts.unshift(part.slice(0, half), part.slice(half));
        continue;
      }
      folded = refused(part[0]!, projections, error);
      await statement.run(db, checkpoint, position, folded);
    }
    folds.commit(folded.folds);
    checkpoint = { ...checkpoint, position };
    yield { checkpoint, folded };
  }
}

/** What writes: a connection, the folds behind its rows, and what is written. */
export interface Writer {
  readonly db: Db;
  readonly folds: Folds;
  readonly projections: readonly Projection[];
  readonly statement: BatchWriter;
}

/** Writes what a batch came to, all or nothing. */
export interface BatchWriter {
  run(db: Db, from: Checkpoint, to: bigint, folded: Folded): Promise<void>;
}

const refused = (stored: StoredEvent, projections: readonly Projection[], error: Error): Folded => ({
  rows: new RowBatch(projections),
  updates: [],
  erased: [],
  parked: [{ stored, reason: `PostgreSQL refused it: ${error.message}` }],
  folds: new Map(),
});

/** Whether it is the data that PostgreSQL does not like. */
export const isBadData = (error: unknown): error is Error =>
  error instanceof Error && BAD_DATA.test((error as { code?: string }).code ?? '');
