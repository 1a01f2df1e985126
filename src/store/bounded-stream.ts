import { randomUUID } from 'node:crypto';
import {
  EventStoreRefusedError,
  WrongExpectedRevisionError,
  type AppendResult,
  type EventStore,
} from './event-store.js';
import type { NewEvent } from '../events/stored-event.js';

/** What the store need not keep: what is older than so many seconds, and all but the last events. */
export interface StreamLimits {
  readonly $maxAge: number;
  readonly $maxCount: number;
}

/**
 * A stream of our own bookkeeping, which is no history: shared by all processes there will ever be, and kept short by
 * the store. Whoever finds it further than it knew goes on from there.
 */
export class BoundedStream {
  private revision = -1n;
  private limited = false;

  constructor(
    private readonly store: EventStore,
    private readonly name: string,
    private readonly limits: StreamLimits,
  ) {}

  /** The stream's end was seen at this revision: the next append need not find it out by being refused. */
  seen(revision: bigint): void {
    if (revision > this.revision) this.revision = revision;
  }

  /** Puts the events at the stream's end, wherever that is by now. Throws EventStoreUnavailableError. */
  async append(...events: readonly NewEvent[]): Promise<AppendResult> {
    await this.limit();
    for (;;) {
      try {
        const expected = this.revision < 0n ? 'no_stream' : this.revision;
        const appended = await this.store.append(this.name, events, expected);
        this.revision = appended.revision;
        return appended;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError)) throw error;
        // Another process has written, or an earlier append was stored although its answer was lost.
        this.revision = error.actual;
      }
    }
  }

  /** Once a process. */
  private async limit(): Promise<void> {
    if (this.limited) return;
    await limitStream(this.store, this.name, this.limits);
    this.limited = true;
  }
}

/** Tells the store what it need not keep of a stream. Metadata that is there already, or that we may not write, is left as it is. */
export async function limitStream(store: EventStore, name: string, limits: StreamLimits): Promise<void> {
  const event = { id: randomUUID(), type: '$metadata', data: limits, metadata: {} };
  try {
    await store.append(`$$${name}`, [event], 'no_stream');
  } catch (error) {
    const isSettled = error instanceof WrongExpectedRevisionError || error instanceof EventStoreRefusedError;
    if (!isSettled) throw error;
  }
}
