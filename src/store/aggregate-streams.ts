import { LRUCache } from 'lru-cache';
import type { Causation, Codec } from '../events/codec.js';
import { foldEvents, NOTHING_YET, type Versioned } from '../events/fold.js';
import { EventStoreUnavailableError, type EventStore } from './event-store.js';

/** Folds kept in memory, in characters of text they hold, roughly. */
const CACHE_SIZE = 64_000_000;
const FOLD_OVERHEAD = 2_000;

/** An aggregate: how its streams are called, and what folds and stores them. */
export interface Aggregate<State, Event extends { readonly type: string; readonly data: object }> {
  readonly codec: Codec<Event>;
  readonly evolve: (state: State | null, event: Event) => State | null;
  readonly streamOf: (id: string) => string;
  /** Characters of text in a fold, roughly. */
  readonly sizeOf: (state: State) => number;
}

/**
 * An aggregate's streams: loads a fold, appends behind a fold. Folds are cached, so that on the usual way no
 * stream is read; a fold that has gone stale is found out by the append's expected revision.
 */
export class AggregateStreams<State, Event extends { readonly type: string; readonly data: object }> {
  private readonly cache: LRUCache<string, Versioned<State>>;

  constructor(
    private readonly store: EventStore,
    private readonly aggregate: Aggregate<State, Event>,
  ) {
    this.cache = new LRUCache({
      maxSize: CACHE_SIZE,
      sizeCalculation: ({ state }) => FOLD_OVERHEAD + (state === null ? 0 : aggregate.sizeOf(state)),
    });
  }

  /** The fold as far as it is known here without asking the store, or undefined. */
  cached(id: string): Versioned<State> | undefined {
    return this.cache.get(id);
  }

  /** The fold, at least up to the revision: the cached one if that is new enough. */
  async load(id: string, atLeast: bigint): Promise<Versioned<State>> {
    const cached = this.cache.get(id);
    return cached !== undefined && cached.revision >= atLeast ? cached : this.refresh(id);
  }

  /**
   * The fold up to the present end of the stream: reads only what the cache does not have.
   * Throws UndecodableEventError for a stream that holds what cannot be read.
   */
  async refresh(id: string): Promise<Versioned<State>> {
    const { codec, evolve, streamOf } = this.aggregate;
    const known = this.cache.get(id) ?? NOTHING_YET;
    const rest = this.store.readStream(streamOf(id), { from: known.revision + 1n });
    const fold = await foldEvents({ decode: (stored) => codec.decode(stored), evolve }, rest, known);
    return this.keep(id, fold);
  }

  /**
   * Appends events behind a fold and answers the new fold. Throws WrongExpectedRevisionError when
   * somebody else has appended meanwhile: refresh and decide again.
   */
  async append(
    id: string,
    current: Versioned<State>,
    events: readonly Event[],
    causation: Causation,
  ): Promise<Versioned<State>> {
    const { codec, evolve, streamOf } = this.aggregate;
    const expected = current.revision < 0n ? 'no_stream' : current.revision;
    const stored = codec.encode(events, causation);
    const { revision, position } = await this.store
      .append(streamOf(id), stored, expected)
      .catch((error: unknown) => {
        // It may have been stored all the same: then the fold kept here would have steps done that are done.
        if (error instanceof EventStoreUnavailableError) this.cache.delete(id);
        throw error;
      });
    return this.keep(id, { state: events.reduce(evolve, current.state), revision, position });
  }

  private keep(id: string, fold: Versioned<State>): Versioned<State> {
    const known = this.cache.get(id);
    if (known !== undefined && known.revision >= fold.revision) return known;
    if (fold.revision >= 0n) this.cache.set(id, fold);
    return fold;
  }
}
