import { randomUUID } from 'node:crypto';
import { answerWithin } from './stream-calls.js';
import { BoundedStream } from './bounded-stream.js';
import type { EventStore, Subscription } from './event-store.js';

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
  private readonly stream: BoundedStream;
  private subscription?: Subscription;
  private lastGood = -Infinity;
  private flight?: Promise<void>;
  private readonly returning = new Map<string, () => void>();

  constructor(
    private readonly store: EventStore,
    private readonly returnLimitMs = RETURN_LIMIT_MS,
  ) {
    this.stream = new BoundedStream(store, CANARY_STREAM, LIMITS);
  }

  /** Resolves when an event went through the store and back, now or a moment ago; rejects with what failed. */
  async probe(): Promise<void> {
    if (performance.now() - this.lastGood < GOOD_FOR_MS) return;
    this.flight ??= this.fly().finally(() => (this.flight = undefined));
    await this.flight;
  }

  private async fly(): Promise<void> {
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

  /** Resolves with the event's position. */
  private async send(id: string): Promise<bigint> {
    return (await this.stream.append({ id, type: CANARY_TYPE, data: {}, metadata: {} })).position;
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
