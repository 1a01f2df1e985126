import { randomUUID } from 'node:crypto';
import { answerWithin } from './store/answer-within.js';
import {
  EventStoreRefusedError,
  WrongExpectedRevisionError,
  type EventStore,
  type NewEvent,
  type Subscription,
} from './store/event-store.js';

/** The type of the probe's events. They are no history: nobody needs to keep or show them. */
export const CANARY_TYPE = 'SlipwayCanary';
/** One stream for all processes there will ever be: whoever finds it further than it knew goes on from there. */
export const CANARY_STREAM = 'slipway-canary';
/** What the store need not keep of it: what is older than so many seconds, and all but the last events. */
const LIMITS = { $maxAge: 600, $maxCount: 100 };
/** A probe within so many milliseconds of the last good one takes its word: probes must not fill the log. */
const GOOD_FOR_MS = 5_000;
/** An event that has not come back after so many milliseconds never will: the next probe listens anew. */
const RETURN_LIMIT_MS = 10_000;

/**
 * Tells whether the store really works: sends an event in and waits for it to come back through a
 * subscription. A connection that is open but silent passes for alive in any other way.
 */
export class StoreCanary {
  private revision = -1n;
  private limited = false;
  private subscription?: Subscription;
  private lastGood = -Infinity;
  private flight?: Promise<void>;
  private readonly returning = new Map<string, () => void>();

  constructor(
    private readonly store: EventStore,
    private readonly returnLimitMs = RETURN_LIMIT_MS,
  ) {}

  /** Resolves when an event went through the store and back, now or a moment ago; rejects with what failed. */
  async probe(): Promise<void> {
    if (performance.now() - this.lastGood < GOOD_FOR_MS) return;
    this.flight ??= this.fly().finally(() => (this.flight = undefined));
    await this.flight;
  }

  private async fly(): Promise<void> {
    await this.limitStream();
    // The first event only says from where to listen.
    this.subscription ??= this.listen(await this.send(randomUUID()));
    const id = randomUUID();
    const returned = new Promise<void>((resolve) => this.returning.set(id, resolve));
    try {
      await this.send(id);
      await answerWithin(this.returnLimitMs, returned);
      this.lastGood = performance.now();
    } catch (error) {
      // The log may be another one, in which the place it listened from does not exist.
      await this.stopListening();
      throw error;
    } finally {
      this.returning.delete(id);
    }
  }

  private async stopListening(): Promise<void> {
    const { subscription } = this;
    this.subscription = undefined;
    await subscription?.stop();
  }

  /** Once a process: metadata that is there already, or that we may not write, is left as it is. */
  private async limitStream(): Promise<void> {
    if (this.limited) return;
    const event = { id: randomUUID(), type: '$metadata', data: LIMITS, metadata: {} };
    try {
      await this.store.append(`$$${CANARY_STREAM}`, [event], 'no_stream');
    } catch (error) {
      const isSettled =
        error instanceof WrongExpectedRevisionError || error instanceof EventStoreRefusedError;
      if (!isSettled) throw error;
    }
    this.limited = true;
  }

  /** Resolves with the event's position. */
  private async send(id: string): Promise<bigint> {
    const event: NewEvent = { id, type: CANARY_TYPE, data: {}, metadata: {} };
    for (;;) {
      try {
        const expected = this.revision < 0n ? 'no_stream' : this.revision;
        const appended = await this.store.append(CANARY_STREAM, [event], expected);
        this.revision = appended.revision;
        return appended.position;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError)) throw error;
        // Another process has probed, or an earlier append was stored although its answer was lost.
        this.revision = error.actual;
      }
    }
  }

  private listen(after: bigint): Subscription {
    return this.store.subscribeToAll({
      name: 'canary',
      types: [CANARY_TYPE],
      after,
      onEvent: ({ id }) => this.returning.get(id)?.(),
    });
  }
}
