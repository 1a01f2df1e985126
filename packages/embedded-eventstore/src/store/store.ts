import { lastEvent, type Tables } from './database.js';
import { StoredEvent } from './event.js';
import { eventIdKey, positionKey, readPositionKey, revisionKey } from './keys.js';
import { decodeStreamState, firstVisible, type StreamState } from './stream-state.js';
import { Tail } from './tail.js';
import { type Committed, Transaction } from './transaction.js';

/** Position of the first event. Not 0, which the client takes for "from the start". */
const FIRST_POSITION = 64;
/** Stream states kept in memory. */
const CACHED_STREAMS = 20_000;
/** Bytes that one read takes from the file at most; also the unit of back-pressure. */
const READ_BYTES = 256 * 1024;

const NEXT_STREAM_ID = Buffer.from('nextStreamId');

/** What happened in one commit. */
export type CommitListener = (events: readonly StoredEvent[]) => void;

/** The committed events and what is known of their streams. Only `commit` writes. */
export class Store implements Committed {
  nextPosition = FIRST_POSITION;
  nextStreamId = 1;
  /** The last committed event of `$all`. */
  last: StoredEvent | undefined;
  readonly listeners = new Set<CommitListener>();

  private readonly tail = new Tail();
  private readonly cache = new Map<string, StreamState | undefined>();

  constructor(private readonly tables: Tables) {
    this.last = lastEvent(tables);
    if (this.last) this.nextPosition = this.last.position + this.last.bytes.length;
    this.nextStreamId = tables.facts.get(NEXT_STREAM_ID)?.readDoubleLE(0) ?? 1;
  }

  begin(): Transaction {
    return new Transaction(this, Date.now());
  }

  /** Puts a transaction on the disk; then, and only then, shows it. */
  async commit(transaction: Transaction): Promise<void> {
    let appended: Promise<boolean>[] = [];
    const batch = this.tables.root.batch(() => {
      appended = transaction.write(this.tables);
      if (transaction.nextStreamId !== this.nextStreamId) {
        const next = Buffer.alloc(8);
        next.writeDoubleLE(transaction.nextStreamId);
        void this.tables.facts.put(NEXT_STREAM_ID, next);
      }
    });
    const written = await Promise.all([batch, ...appended]);
    if (written.includes(false)) throw new Error('The log has events behind its end.');
    this.nextPosition = transaction.nextPosition;
    this.nextStreamId = transaction.nextStreamId;
    for (const [name, state] of transaction.states) this.remember(name, state);
    this.last = transaction.events.at(-1) ?? this.last;
    this.tail.push(transaction.events);
  }

  /** Tells those who follow the log. */
  publish(events: readonly StoredEvent[]): void {
    if (events.length > 0) for (const listener of this.listeners) listener(events);
  }

  stream(name: string): StreamState | undefined {
    if (this.cache.has(name)) {
      const state = this.cache.get(name);
      // Re-inserted, so that the map's order is that of use.
      this.cache.delete(name);
      this.cache.set(name, state);
      return state;
    }
    const bytes = this.tables.streams.get(Buffer.from(name));
    const state = bytes && decodeStreamState(bytes);
    this.remember(name, state);
    return state;
  }

  revisionOf(stream: StreamState, id: string): number | undefined {
    const revision = this.tables.index.get(eventIdKey(stream.id, id));
    return revision && readPositionKey(revision);
  }

  /** The event at a revision, whether or not it is truncated. */
  at(stream: StreamState, revision: number): StoredEvent | undefined {
    const position = this.tables.index.get(revisionKey(stream.id, revision));
    return position && this.load(position);
  }

  /** The event that a link points to, where it can (still) be read. */
  resolve(link: StoredEvent): StoredEvent | undefined {
    const target = link.linkTarget;
    const state = target && this.stream(target.stream);
    if (!state || state.tombstoned || target.revision < firstVisible(state)) return undefined;
    return this.at(state, target.revision);
  }

  /** Whether `$all` can be read from a position: its beginning, its end, or that of an event. */
  isPosition(position: number): boolean {
    return (
      position === 0 || position === this.nextPosition || this.tables.log.doesExist(positionKey(position))
    );
  }

  /** Events of `$all` from `position` on (inclusive): at most `limit`, fewer where they are large. */
  readAll(position: number, limit: number): StoredEvent[] {
    return (
      this.tail.from(position, limit, READ_BYTES) ??
      this.collect(this.tables.log.getRange({ start: positionKey(position), limit }))
    );
  }

  /** Events of `$all` before `position` (exclusive), newest first. */
  readAllBackwards(position: number, limit: number): StoredEvent[] {
    if (position <= 0) return [];
    return this.collect(
      this.tables.log.getRange({
        start: positionKey(Math.min(position, this.nextPosition) - 1),
        reverse: true,
        limit,
      }),
    );
  }

  /**
   * Visible events of a stream from `revision` on (inclusive), or from it back. `next` is the revision to go on
   * from; it is behind the last one when there are no more.
   */
  readStream(
    state: StreamState,
    revision: number,
    limit: number,
    backwards = false,
  ): { events: StoredEvent[]; next: number; done: boolean } {
    const step = backwards ? -1 : 1;
    const first = firstVisible(state);
    const oldest = Date.now() - state.maxAgeMs;
    const events: StoredEvent[] = [];
    let next = backwards ? Math.min(revision, state.head) : Math.max(revision, first);
    let bytes = 0;
    for (let looked = 0; looked < limit && bytes < READ_BYTES; looked++, next += step) {
      if (next < first || next > state.head) break;
      const event = this.at(state, next);
      if (!event || event.created < oldest) continue;
      bytes += event.bytes.length;
      events.push(event);
    }
    return { events, next, done: next < first || next > state.head };
  }

  private load(position: Buffer): StoredEvent | undefined {
    const bytes = this.tables.log.get(position);
    return bytes && new StoredEvent(readPositionKey(position), bytes);
  }

  private collect(range: Iterable<{ key: Buffer; value: Buffer }>): StoredEvent[] {
    const events: StoredEvent[] = [];
    let bytes = 0;
    for (const { key, value } of range) {
      events.push(new StoredEvent(readPositionKey(key), value));
      bytes += value.length;
      if (bytes >= READ_BYTES) break;
    }
    return events;
  }

  private remember(name: string, state: StreamState | undefined): void {
    this.cache.delete(name);
    this.cache.set(name, state);
    if (this.cache.size > CACHED_STREAMS) this.cache.delete(this.cache.keys().next().value!);
  }
}
