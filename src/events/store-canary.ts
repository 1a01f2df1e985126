import { randomUUID } from 'node:crypto';
import { WrongExpectedRevisionError, type EventStore, type Subscription } from './store/event-store.js';

/** The type of the probe's events. They are no history: nobody needs to keep or show them. */
export const CANARY_TYPE = 'SlipwayCanary';
/** A probe within so many milliseconds of the last good one takes its word: probes must not fill the log. */
const GOOD_FOR_MS = 5_000;

/**
 * Tells whether the store really works: sends an event in and waits for it to come back through a
 * subscription. A connection that is open but silent passes for alive in any other way.
 */
export class StoreCanary {
  private readonly stream = `slipway-canary-${randomUUID()}`;
  private revision = -1n;
  private subscription?: Subscription;
  private lastGood = -Infinity;
  private flight?: Promise<void>;
  private readonly returning = new Map<string, () => void>();

  constructor(private readonly store: EventStore) {}

  /** Resolves when an event went through the store and back, now or a moment ago; rejects with what failed. */
  async probe(): Promise<void> {
    if (performance.now() - this.lastGood < GOOD_FOR_MS) return;
    this.flight ??= this.fly().finally(() => (this.flight = undefined));
    await this.flight;
  }

  private async fly(): Promise<void> {
    // The first event only says from where to listen.
    if (!this.subscription) this.subscription = this.listen(await this.send(randomUUID()));
    const id = randomUUID();
    const returned = new Promise<void>((resolve) => this.returning.set(id, resolve));
    try {
      await this.send(id);
      await returned;
      this.lastGood = performance.now();
    } finally {
      this.returning.delete(id);
    }
  }

  /** Resolves with the event's position. */
  private async send(id: string): Promise<bigint> {
    const event = { id, type: CANARY_TYPE, data: {}, metadata: {} };
    try {
      const appended = await this.store.append(
        this.stream,
        [event],
        this.revision < 0n ? 'no_stream' : this.revision,
      );
      this.revision = appended.revision;
      return appended.position;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevisionError)) throw error;
      // An earlier append was stored although its answer was lost.
      this.revision = error.actual;
      return this.send(id);
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
