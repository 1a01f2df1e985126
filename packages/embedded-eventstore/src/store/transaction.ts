import { type Tables } from './database.js';
import { encodeEvent, type ProposedEvent, type StoredEvent, TOMBSTONE_REVISION } from './event.js';
import { eventIdKey, positionKey, revisionKey } from './keys.js';
import {
  applyMetadata,
  encodeStreamState,
  isMetastream,
  newStreamState,
  originalOf,
  type StreamState,
} from './stream-state.js';

/** Fills pages to the brim, and refuses a position that is not the highest. lmdb's types know a version here only. */
const APPEND = { append: true } as unknown as number;

/** What a transaction needs to know of the committed state. */
export interface Committed {
  readonly nextPosition: number;
  readonly nextStreamId: number;
  stream(name: string): StreamState | undefined;
  at(stream: StreamState, revision: number): StoredEvent | undefined;
  revisionOf(stream: StreamState, id: string): number | undefined;
}

/**
 * The writes of one group commit. Decisions read through it, so each sees what those before it in the same
 * commit have written; nothing is visible to others before `write` has put it on the disk.
 */
export class Transaction {
  readonly events: StoredEvent[] = [];
  readonly states = new Map<string, StreamState>();
  nextPosition: number;
  nextStreamId: number;
  private readonly ids = new Map<string, number>();
  private readonly staged = new Map<string, StoredEvent>();
  private readonly entries: [Buffer, Buffer][] = [];
  private readonly groups = new Map<string, Buffer | undefined>();

  constructor(
    private readonly committed: Committed,
    /** Milliseconds since the Unix epoch: `created` of all its events. */
    readonly now: number,
  ) {
    this.nextPosition = committed.nextPosition;
    this.nextStreamId = committed.nextStreamId;
  }

  get isEmpty(): boolean {
    return this.events.length === 0 && this.groups.size === 0 && this.states.size === 0;
  }

  stream(name: string): StreamState | undefined {
    return this.states.get(name) ?? this.committed.stream(name);
  }

  /** The event at a revision. */
  at(stream: StreamState, revision: number): StoredEvent | undefined {
    return this.staged.get(`${stream.id}@${revision}`) ?? this.committed.at(stream, revision);
  }

  /** The last event of a stream. */
  latest(name: string): StoredEvent | undefined {
    const state = this.stream(name);
    return state && state.head >= 0 ? this.at(state, state.head) : undefined;
  }

  /** The revision of an event of the stream, by its id. */
  revisionOf(stream: StreamState, id: string): number | undefined {
    return this.ids.get(`${stream.id}:${id}`) ?? this.committed.revisionOf(stream, id);
  }

  /** Appends without asking: the caller has decided. Gives the last event. */
  append(name: string, proposed: readonly ProposedEvent[]): StoredEvent {
    const state = this.change(name);
    for (const event of proposed) this.add(name, state, event, ++state.head);
    if (isMetastream(name)) applyMetadata(this.change(originalOf(name)), proposed.at(-1)!.data);
    return this.events.at(-1)!;
  }

  /** Ends a stream for ever. */
  tombstone(name: string, marker: ProposedEvent): StoredEvent {
    const state = this.change(name);
    this.add(name, state, marker, TOMBSTONE_REVISION);
    state.tombstoned = true;
    return this.events.at(-1)!;
  }

  /** Stores (or, with undefined, removes) a persistent subscription. */
  setGroup(key: string, value: Buffer | undefined): void {
    this.groups.set(key, value);
  }

  /** Whether this commit stores a persistent subscription under the key. */
  hasGroup(key: string): boolean {
    return this.groups.get(key) !== undefined;
  }

  /**
   * Puts everything into the tables; the caller opens the batch, and awaits it and what is given back: whether
   * each event went to the end of the log.
   */
  write(tables: Tables): Promise<boolean>[] {
    // Puts without a condition have no promise of their own inside a batch.
    for (const [key, value] of this.entries) void tables.index.put(key, value);
    for (const [name, state] of this.states)
      void tables.streams.put(Buffer.from(name), encodeStreamState(state));
    for (const [key, value] of this.groups)
      if (value) void tables.groups.put(Buffer.from(key), value);
      else void tables.groups.remove(Buffer.from(key));
    return this.events.map((event) => tables.log.put(positionKey(event.position), event.bytes, APPEND));
  }

  private add(name: string, state: StreamState, proposed: ProposedEvent, revision: number): void {
    const event = encodeEvent(proposed, name, revision, this.nextPosition, this.now);
    this.events.push(event);
    this.nextPosition += event.bytes.length;
    this.ids.set(`${state.id}:${proposed.id}`, revision);
    this.staged.set(`${state.id}@${revision}`, event);
    this.entries.push([revisionKey(state.id, revision), positionKey(event.position)]);
    this.entries.push([eventIdKey(state.id, proposed.id), positionKey(revision)]);
  }

  private change(name: string): StreamState {
    let state = this.states.get(name);
    if (!state) {
      const before = this.committed.stream(name);
      state = before ? { ...before } : newStreamState(this.nextStreamId++, name);
      this.states.set(name, state);
    }
    return state;
  }
}
