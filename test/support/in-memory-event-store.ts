import {
  EventStoreRefusedError,
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
  type AppendResult,
  type CatchUpOptions,
  type EventStore,
  type ExpectedRevision,
  type GroupOptions,
  type Subscription,
} from '../../src/store/event-store.js';
import type { NewEvent, StoredEvent } from '../../src/events/stored-event.js';
import { InMemoryGroup } from './in-memory-group.js';

/** As the real one, which counts the data alone. */
const MAX_APPEND_BYTES = 1 << 20;

export interface InMemoryOptions {
  /** The store's clock. */
  readonly now?: () => Date;
}

/**
 * The EventStore port in memory, for tests: expected revisions, idempotency by event id, positions that
 * rise with gaps, live subscriptions, consumer groups. What is stored went through JSON, as in the real one.
 */
export class InMemoryEventStore implements EventStore {
  /** Everything appended, in order. Tests may look, not touch. */
  readonly log: StoredEvent[] = [];
  /** While false, appends and reads fail as if the store were away, and subscriptions pause. */
  available = true;
  private readonly streams = new Map<string, StoredEvent[]>();
  private readonly deleted = new Set<string>();
  private readonly groups = new Map<string, InMemoryGroup>();
  private readonly waiting = new Set<() => void>();
  private readonly subscriptions = new Set<Subscription>();
  private readonly now: () => Date;
  private position = 0n;

  constructor(options: InMemoryOptions = {}) {
    this.now = options.now ?? (() => new Date());
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    await Promise.resolve();
    this.assertAvailable();
    this.assertNotDeleted(stream);
    const texts = events.map((event) => JSON.stringify(event));
    const stored = this.streams.get(stream) ?? [];
    const expectedLength = expected === 'no_stream' ? 0 : Number(expected) + 1;
    const repeated = stored.slice(expectedLength, expectedLength + events.length);
    const isRepeat = events.length > 0 && events.every((event, index) => repeated[index]?.id === event.id);
    if (isRepeat) return resultOf(repeated.at(-1)!);
    if (stored.length !== expectedLength)
      throw new WrongExpectedRevisionError(stream, BigInt(stored.length) - 1n);
    if (texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > MAX_APPEND_BYTES)
      throw new EventStoreRefusedError(`The append to ${stream} is too large.`);
    this.streams.set(stream, stored);
    for (const [index, event] of events.entries()) {
      // Positions are opaque: the gaps keep anybody from counting on them.
      this.position += 100n + BigInt(event.type.length * 7);
      const { data, metadata } = JSON.parse(texts[index]!) as NewEvent;
      const revision = BigInt(stored.length);
      const { id, type } = event;
      stored.push({
        id,
        type,
        stream,
        revision,
        position: this.position,
        created: this.now(),
        data,
        metadata,
      });
      this.log.push(stored.at(-1)!);
    }
    this.wake();
    return resultOf(stored.at(-1)!);
  }

  async *readStream(
    stream: string,
    options: { from?: bigint; limit?: number } = {},
  ): AsyncIterable<StoredEvent> {
    await Promise.resolve();
    this.assertAvailable();
    this.assertNotDeleted(stream);
    const from = Number(options.from ?? 0n);
    yield* (this.streams.get(stream) ?? []).slice(from, from + (options.limit ?? Infinity));
  }

  async *readAll(options: { after?: bigint; limit?: number } = {}): AsyncIterable<StoredEvent> {
    await Promise.resolve();
    this.assertAvailable();
    const { after = -1n, limit = Infinity } = options;
    const isWanted = ({ position, type }: StoredEvent) => position > after && !type.startsWith('$');
    yield* this.log.filter(isWanted).slice(0, limit);
  }

  async *readAllBackwards({
    before,
    limit = Infinity,
  }: { before?: bigint; limit?: number } = {}): AsyncIterable<StoredEvent> {
    await Promise.resolve();
    this.assertAvailable();
    const isWanted = ({ position, type }: StoredEvent) =>
      (before === undefined || position < before) && !type.startsWith('$');
    yield* this.log.filter(isWanted).reverse().slice(0, limit);
  }

  subscribeToAll(options: CatchUpOptions): Subscription {
    return this.pump(async (next, signal) => {
      let handled = options.after === 'end' ? (this.log.at(-1)?.position ?? -1n) : (options.after ?? -1n);
      let index = this.log.findIndex((event) => event.position > handled);
      if (index < 0) index = this.log.length;
      while (!signal.aborted) {
        const event = this.available ? this.log[index] : undefined;
        if (event === undefined) {
          await next();
          continue;
        }
        if (options.types.includes(event.type)) {
          // Like the real one: a handler that throws drops the connection, which comes back from the last event handled.
          try {
            await options.onEvent(event);
          } catch {
            await new Promise((resolve) => setTimeout(resolve, 5));
            continue;
          }
        } else {
          await options.onCheckpoint?.(event.position);
        }
        handled = event.position;
        index++;
      }
    });
  }

  joinGroup(options: GroupOptions): Subscription {
    let group = this.groups.get(options.group);
    if (group === undefined) this.groups.set(options.group, (group = new InMemoryGroup(options.types)));
    const joined = group.join(options);
    const feeding = this.pump(async (next, signal) => {
      while (!signal.aborted) {
        if (this.available) group.feed(this.log);
        await next();
      }
    });
    return {
      get live() {
        return feeding.live;
      },
      async stop() {
        await feeding.stop();
        joined.leave();
      },
    };
  }

  /** Deletes a stream for good: nothing is read of it any more, nor appended. */
  tombstone(stream: string): void {
    this.deleted.add(stream);
  }

  /** What a group has parked, with the reasons. */
  parked(group: string): readonly { event: StoredEvent; reason: string }[] {
    return this.groups.get(group)?.parked ?? [];
  }

  /** Makes the store away, or brings it back. */
  setAvailable(available: boolean): void {
    this.available = available;
    this.wake();
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
  }

  private assertAvailable(): void {
    if (!this.available) throw new EventStoreUnavailableError('The event store is away.');
  }

  private assertNotDeleted(stream: string): void {
    if (this.deleted.has(stream)) throw new EventStoreRefusedError(`${stream} was deleted.`);
  }

  private wake(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const resume of waiting) resume();
  }

  /** Runs until stopped; `next` resolves when something may have changed. */
  private pump(run: (next: () => Promise<void>, signal: AbortSignal) => Promise<void>): Subscription {
    const stopping = new AbortController();
    const next = () =>
      new Promise<void>((resolve) => {
        if (stopping.signal.aborted) resolve();
        else this.waiting.add(resolve);
      });
    const ended = Promise.resolve().then(() => run(next, stopping.signal));
    const isLive = () => !stopping.signal.aborted && this.available;
    const subscription: Subscription = {
      get live() {
        return isLive();
      },
      stop: async () => {
        stopping.abort();
        this.wake();
        await ended;
        this.subscriptions.delete(subscription);
      },
    };
    this.subscriptions.add(subscription);
    return subscription;
  }
}

const resultOf = ({ revision, position }: StoredEvent): AppendResult => ({ revision, position });
