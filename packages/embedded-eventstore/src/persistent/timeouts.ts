import { performance } from 'node:perf_hooks';
import type { Consumer } from './consumer.js';
import type { Message } from './message.js';

/** Longest time that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Takes messages back whose time is up. All of a group's have the same time, so a consumer's oldest message is
 * its first to expire, and one timer is enough.
 */
export class Timeouts {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly consumers: readonly Consumer[],
    private readonly onExpired: (message: Message) => void,
  ) {}

  /** Sees to it that the next one is noticed; to be called whenever messages have been given out. */
  watch(): void {
    if (this.timer) return;
    let earliest = Infinity;
    for (const { inFlight } of this.consumers) {
      const [oldest] = inFlight.values();
      if (oldest) earliest = Math.min(earliest, oldest.deadline);
    }
    if (earliest === Infinity) return;
    const wait = Math.min(Math.max(1, earliest - performance.now()), MAX_TIMER_MS);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.expire();
      this.watch();
    }, wait);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private expire(): void {
    const now = performance.now();
    for (const { inFlight } of this.consumers)
      for (const message of inFlight.values()) {
        if (message.deadline > now) break;
        inFlight.delete(message.id);
        this.onExpired(message);
      }
  }
}
