import type { EventStore } from '../../store/event-store.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { addKey, createIndexes, createTable, identifier } from '../database/table-sql.js';
import { PROJECTED_TYPES } from '../definitions/index.js';
import type { Projection } from '../definitions/projection.js';
import type { Checkpoint } from '../projector/checkpoint.js';
import { sizeOf } from '../projector/batcher.js';
import { commitBatch, isBadData, type Committed, type Writer } from '../projector/commit-batch.js';
import { overwriteErased } from '../projector/erased-rows.js';
import { foldBatch, type Folded, type ParkedEvent, Folds } from '../projector/fold-batch.js';
import { allOf, type RebuildSessions } from './rebuild-sessions.js';
import { ShadowStatement, shadowName } from './shadow-statement.js';

/** At most so many events, or characters of payload, roughly, go into one batch. */
const MAX_EVENTS = 2_000;
const MAX_SIZE = 4_000_000;
/** Parked events that are kept in mind; a log with more has other troubles. */
const MOST_PARKED = 10_000;

const TYPES: ReadonlySet<string> = new Set(PROJECTED_TYPES);

/** Tables beside the live ones, filled anew from the events. */
export class Shadow {
  /** The rows are those of all events up to here. */
  position = 0n;
  /** Events read so far. */
  events = 0;
  readonly parked: ParkedEvent[] = [];
  /** Streams whose rows are still to be overwritten, as soon as rows can be found by their keys. */
  private readonly erased = new Set<string>();
  private hasKeys = false;
  private readonly writer: Writer;

  constructor(
    private readonly sessions: RebuildSessions,
    private readonly store: EventStore,
    private readonly projections: readonly Projection[],
  ) {
    this.writer = {
      db: sessions.main,
      folds: new Folds(shadowName('tasks')),
      projections,
      statement: new ShadowStatement(sessions, projections),
    };
  }

  /** Makes the tables, empty; what an earlier rebuild left is thrown away. */
  async create(): Promise<void> {
    await this.drop();
    for (const table of this.tables)
      await this.sessions.main.query(
        createTable(table, shadowName(table.name), { withKey: !table.insertOnly }),
      );
  }

  /** Makes the indexes, and the keys that no row was looked up by: quicker after the bulk of the rows than before. */
  async index(): Promise<void> {
    await allOf(
      this.tables.map(async (table) => {
        const name = shadowName(table.name);
        const statements = createIndexes(table, name);
        if (table.insertOnly) statements.unshift(addKey(table, name));
        for (const statement of statements) await this.sessions.of(table).query(statement);
      }),
    );
    this.hasKeys = true;
    await this.overwriteErased();
  }

  async drop(): Promise<void> {
    for (const table of this.tables)
      await this.sessions.main.query(`DROP TABLE IF EXISTS ${identifier(shadowName(table.name))}`);
  }

  /**
   * Reads the events up to the position, which must be one that the live rows have reached, into the tables. A batch is
   * folded while the one before it is being written.
   */
  async advance(upTo: bigint, onBatch: () => void, signal?: AbortSignal): Promise<void> {
    if (upTo <= this.position) return;
    let writing: Writing | undefined;
    try {
      for await (const batch of batches(this.store, this.position, upTo)) {
        let folded = await this.fold(batch);
        // What was refused has changed the folds: on these the batch comes to something else.
        if (writing !== undefined && !(await this.settle(writing))) folded = await this.fold(batch);
        onBatch();
        signal?.throwIfAborted();
        writing = this.write(batch, folded);
      }
      if (writing !== undefined) await this.settle(writing);
    } finally {
      // What is being written has the connections until it is through.
      await writing?.written.catch(() => undefined);
    }
    onBatch();
    if (this.hasKeys) await this.overwriteErased();
    this.position = upTo;
  }

  private async overwriteErased(): Promise<void> {
    await overwriteErased([...this.erased], this.store, this.projections, (table) => ({
      db: this.sessions.of(table),
      name: shadowName(table.name),
    }));
    this.erased.clear();
  }

  private get tables() {
    return this.projections.flatMap((projection) => projection.tables);
  }

  /** What the batch comes to, provided that all before it will have been written. */
  private async fold(batch: readonly StoredEvent[]): Promise<Folded> {
    const { db, folds, projections } = this.writer;
    const folded = foldBatch(batch, projections, await folds.before(batch, db));
    folds.commit(folded.folds);
    return folded;
  }

  private write(batch: readonly StoredEvent[], folded: Folded): Writing {
    const { db, statement } = this.writer;
    const position = batch.at(-1)!.position;
    const written = statement.run(db, this.checkpoint, position, folded);
    // Reported when it is settled; until then it must not count as unhandled.
    written.catch(() => undefined);
    return { batch, written, result: { checkpoint: { ...this.checkpoint, position }, folded } };
  }

  /** Waits for the write. False when PostgreSQL refused an event in it: the others are written then, and it is parked. */
  private async settle({ batch, written, result }: Writing): Promise<boolean> {
    this.events += batch.length;
    try {
      await written;
      this.note(result);
      return true;
    } catch (error) {
      if (!isBadData(error)) throw error;
      this.writer.folds.forget();
      for await (const part of commitBatch(batch, this.checkpoint, this.writer)) this.note(part);
      return false;
    }
  }

  private get checkpoint(): Checkpoint {
    return { position: this.position, generation: 0n };
  }

  private note({ checkpoint, folded }: Committed): void {
    this.position = checkpoint.position;
    for (const stream of folded.erased) this.erased.add(stream);
    if (this.parked.length < MOST_PARKED) this.parked.push(...folded.parked);
  }
}

/** A batch on its way into the tables. */
interface Writing {
  readonly batch: readonly StoredEvent[];
  readonly written: Promise<void>;
  /** What is so when it has been written. */
  readonly result: Committed;
}

async function* batches(store: EventStore, after: bigint, upTo: bigint): AsyncGenerator<StoredEvent[]> {
  let batch: StoredEvent[] = [];
  let size = 0;
  for await (const event of store.readAll(after > 0n ? { after } : {})) {
    if (event.position > upTo) break;
    if (!TYPES.has(event.type)) continue;
    batch.push(event);
    size += sizeOf(event);
    if (batch.length < MAX_EVENTS && size < MAX_SIZE) continue;
    yield batch;
    batch = [];
    size = 0;
  }
  if (batch.length > 0) yield batch;
}
