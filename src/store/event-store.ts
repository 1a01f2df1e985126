import type { NewEvent, StoredEvent } from '../events/stored-event.js';

/**
 * The port to the event store: what Slipway needs of EventStoreDB, in its words. Revisions and positions
 * are bigints; a position is a commit position of `$all`, opaque, never computed with.
 */
export interface EventStore {
  /**
   * Appends one event or more, all or nothing. Idempotent by event id: repeating an append whose answer was lost succeeds.
   * Throws WrongExpectedRevisionError, EventStoreUnavailableError when it is not known whether it was stored, or
   * EventStoreRefusedError: more than 1 MiB of data, a stream that was deleted for good.
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult>;

  /** The events of a stream from a revision on (0n by default), oldest first; none when there is no such stream. */
  readStream(stream: string, options?: { from?: bigint; limit?: number }): AsyncIterable<StoredEvent>;

  /** All events after a position (from the start by default), oldest first, to the present end. System events are left out. */
  readAll(options?: { after?: bigint; limit?: number }): AsyncIterable<StoredEvent>;

  /** As `readAll`, newest first: the events before a position, or from the present end back. */
  readAllBackwards(options?: { before?: bigint; limit?: number }): AsyncIterable<StoredEvent>;

  /**
   * Delivers events of the given types after a position, then goes on live. Comes back by itself, from the
   * last event handled, whenever the connection drops. The handler is awaited: that is the back-pressure.
   */
  subscribeToAll(options: CatchUpOptions): Subscription;

  /**
   * Joins (and first creates, from the start of the log) the persistent subscription that shares events of
   * the given types among all consumers of the group: those of one stream go to one consumer as long as it stays.
   * Comes back by itself.
   */
  joinGroup(options: GroupOptions): Subscription;

  close(): Promise<void>;
}

export type ExpectedRevision = bigint | 'no_stream';

export interface AppendResult {
  /** Revision of the last event appended. */
  readonly revision: bigint;
  /** Commit position of the last event appended. */
  readonly position: bigint;
}

export interface CatchUpOptions {
  /** For logs and metrics. */
  readonly name: string;
  readonly types: readonly string[];
  /** Position of the last event already handled, or `end` for what comes from now on. */
  readonly after?: bigint | 'end';
  /** An event whose handler fails is delivered again, after a pause. */
  readonly onEvent: (event: StoredEvent) => Promise<void> | void;
  /** All events up to this position have been delivered, matching or not. */
  readonly onCheckpoint?: (position: bigint) => Promise<void> | void;
}

export interface GroupOptions {
  readonly group: string;
  readonly types: readonly string[];
  /** How many messages may be unacknowledged at this consumer at a time. */
  readonly bufferSize: number;
  /** After this many milliseconds without acknowledgement the store delivers a message again. A group has the longest that a consumer asked for. */
  readonly messageTimeoutMs: number;
  readonly onMessage: (message: GroupMessage) => void;
}

/**
 * One delivery. Exactly one of `ack`, `park`, `retry` is to be called; what is called after that does nothing, nor what is
 * called once the connection is gone: then the message is redelivered.
 */
export interface GroupMessage {
  readonly event: StoredEvent;
  /** How often the store has delivered it before. */
  readonly retryCount: number;
  ack(): void;
  park(reason: string): void;
  retry(reason: string): void;
}

export interface Subscription {
  /** True while connected and confirmed. */
  readonly live: boolean;
  /** Stops the delivery; resolves when nothing more will be delivered. */
  stop(): Promise<void>;
}

/** The stream is not at the revision that the writer saw. */
export class WrongExpectedRevisionError extends Error {
  override readonly name = 'WrongExpectedRevisionError';
  constructor(
    readonly stream: string,
    /** Revision of the stream's last event; -1n when there is none. */
    readonly actual: bigint,
  ) {
    super(`${stream} is at revision ${actual}, not where the writer saw it`);
  }
}

/** The store did not answer in time, or is not there. Whether an append was stored is not known: repeat it. */
export class EventStoreUnavailableError extends Error {
  override readonly name: string = 'EventStoreUnavailableError';
}

/** The store answers, and has no room to write in; nothing was stored. As if it were away, until there is room. */
export class EventStoreFullError extends EventStoreUnavailableError {
  override readonly name = 'EventStoreFullError';
}

/** The store refused for good: too large, access denied, a deleted stream. */
export class EventStoreRefusedError extends Error {
  override readonly name = 'EventStoreRefusedError';
}
