import type { PgSession } from '../database/pg-session.js';
import type { EventStore, StoredEvent } from '../../events/store/event-store.js';
import { TASK_EVENT_TYPES } from '../../events/task-events.js';
import { addKey, createIndexes, createTable, identifier } from '../database/table-sql.js';
import type { Projection } from '../definitions/projection.js';
import { commitBatch, type Writer } from '../projector/commit-batch.js';
import type { ParkedEvent } from '../projector/fold-batch.js';
import { Folds } from '../projector/folds.js';
import { ShadowStatement, shadowName } from './shadow-statement.js';

const MAX_EVENTS = 1_000;
const MAX_SIZE = 8_000_000;
/** Batches that wait while one is written. */
const READ_AHEAD = 2;
/** Parked events that are kept in mind; a log with more has other troubles. */
const MOST_PARKED = 10_000;

const TYPES: ReadonlySet<string> = new Set(TASK_EVENT_TYPES);

/** Tables beside the live ones, filled anew from the events. */
export class Shadow {
  /** The rows are those of all events up to here. */
  position = 0n;
  /** Events read so far. */
  events = 0;
  readonly parked: ParkedEvent[] = [];
  private readonly writer: Writer;

  /** @param beside another connection, to write on at the same time */
  constructor(
    private readonly db: PgSession,
    beside: PgSession,
    private readonly store: EventStore,
    private readonly projections: readonly Projection[],
  ) {
    this.writer = {
      db,
      folds: new Folds(shadowName('tasks')),
      projections,
      statement: new ShadowStatement(db, beside, projections),
    };
  }

  /** Makes the tables, empty; what an earlier rebuild left is thrown away. */
  async create(): Promise<void> {
    await this.drop();
    for (const table of this.tables)
      await this.db.query(createTable(table, shadowName(table.name), { withKey: !table.insertOnly }));
  }

  /** Makes the indexes, and the keys that no row was looked up by: quicker after the bulk of the rows than before. */
  async index(): Promise<void> {
    for (const table of this.tables) {
      const name = shadowName(table.name);
      if (table.insertOnly) await this.db.query(addKey(table, name));
      for (const statement of createIndexes(table, name)) await this.db.query(statement);
    }
  }

  async drop(): Promise<void> {
    for (const table of this.tables)
      await this.db.query(`DROP TABLE IF EXISTS ${identifier(shadowName(table.name))}`);
  }

  /** Reads the events up to the position, which must be one that the live rows have reached, into the tables. */
  async advance(upTo: bigint, onBatch: () => void, signal?: AbortSignal): Promise<void> {
    if (upTo <= this.position) return;
    let last = Promise.resolve();
    const writing: Promise<void>[] = [];
    try {
      for await (const batch of batches(this.store, this.position, upTo)) {
        // Some batches are read ahead while one is written.
        if (writing.length > READ_AHEAD) await writing.shift();
        onBatch();
        signal?.throwIfAborted();
        last = last.then(() => this.write(batch));
        // Reported by the next await; until then it must not count as unhandled.
        last.catch(() => undefined);
        writing.push(last);
      }
    } finally {
      // What is being written has the connections until it is through.
      await Promise.allSettled([last]);
    }
    await last;
    onBatch();
    this.position = upTo;
  }

  private get tables() {
    return this.projections.flatMap((projection) => projection.tables);
  }

  private async write(batch: readonly StoredEvent[]): Promise<void> {
    const from = { position: this.position, generation: 0n };
    for await (const { checkpoint, folded } of commitBatch(batch, from, this.writer)) {
      this.position = checkpoint.position;
      if (this.parked.length < MOST_PARKED) this.parked.push(...folded.parked);
    }
    this.events += batch.length;
  }
}

async function* batches(store: EventStore, after: bigint, upTo: bigint): AsyncGenerator<StoredEvent[]> {
  let batch: StoredEvent[] = [];
  let size = 0;
  for await (const event of store.readAll(after > 0n ? { after } : {})) {
    if (event.position > upTo) break;
    if (!TYPES.has(event.type)) continue;
    batch.push(event);
    size += event.type === 'TaskCreated' ? ((event.data as { task?: string }).task?.length ?? 0) : 0;
    if (batch.length < MAX_EVENTS && size < MAX_SIZE) continue;
    yield batch;
    batch = [];
    size = 0;
  }
  if (batch.length > 0) yield batch;
}
