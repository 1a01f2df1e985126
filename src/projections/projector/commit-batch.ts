import type { Db } from '../database/db.js';
import { tracePoint } from '../../platform/trace-points.js';
import type { StoredEvent } from '../../events/stored-event.js';
import type { Projection } from '../definitions/projection.js';
import type { Checkpoint } from './checkpoint.js';
import { foldBatch, type Folded } from './fold-batch.js';
import { RowBatch } from './row-batch.js';
import type { Folds } from './folds.js';

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
  parked: [{ stored, reason: `PostgreSQL refused it: ${error.message}` }],
  folds: new Map(),
});

/** Whether it is the data that PostgreSQL does not like. */
export const isBadData = (error: unknown): error is Error =>
  error instanceof Error && BAD_DATA.test((error as { code?: string }).code ?? '');
