import { onAbort } from '../../src/platform/aborts.js';
import type { Clock } from '../../src/platform/clock.js';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** A clock whose time passes only when it is told to: hours cost no more than what happens in them. */
export class VirtualClock implements Clock {
  private readonly timers = new Set<Timer>();

  /** @param time milliseconds since 1970 */
  constructor(private time = Date.parse('2026-01-02T03:04:05.000Z')) {}

  now(): Date {
    return new Date(this.time);
  }

  /** How many sleeps have not ended. */
  get pending(): number {
    return this.timers.size;
  }

  after(ms: number, wake: () => void): () => void {
    const fire = () => {
      this.timers.delete(timer);
      wake();
    };
    const timer: Timer = { at: this.time + Math.max(0, ms), fire };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        cancel();
        unlisten?.();
        resolve();
      };
      const cancel = this.after(ms, done);
      const unlisten = signal && onAbort(signal, done);
    });
  }

  /** Lets everything run that waits for no time. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets so many milliseconds pass: all that sleeps wakes at its time, and has done what it does before the next wakes. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    while (await this.next(end));
    this.time = end;
  }

  /** Lets the next sleep end that ends by then (milliseconds since 1970); false when there is none. */
  async next(end = Infinity): Promise<boolean> {
    await this.settle();
    let first: Timer | undefined;
    for (const timer of this.timers) if (first === undefined || timer.at < first.at) first = timer;
    if (first === undefined || first.at > end) return false;
    this.time = first.at;
    first.fire();
    return true;
  }
}
