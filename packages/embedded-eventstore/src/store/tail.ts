import type { StoredEvent } from './event.js';

const MAX_EVENTS = 8192;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The last committed events, in memory: whoever is nearly up to date reads from here instead of from the file.
 * Bounded, and shared by all readers, so that a reader that stalls holds nothing.
 */
export class Tail {
  private events: StoredEvent[] = [];
  private start = 0;
  private bytes = 0;

  push(events: readonly StoredEvent[]): void {
    for (const event of events) {
      this.events.push(event);
      this.bytes += event.bytes.length;
    }
    while (this.events.length - this.start > MAX_EVENTS || this.bytes > MAX_BYTES)
      this.bytes -= this.events[this.start++]!.bytes.length;
    if (this.start > MAX_EVENTS) {
      this.events = this.events.slice(this.start);
      this.start = 0;
    }
  }

  /**
   * Up to `limit` events from `position` on (inclusive), fewer where they come to `maxBytes`; undefined where the
   * memory does not reach back so far.
   */
  from(position: number, limit: number, maxBytes: number): StoredEvent[] | undefined {
    const first = this.events[this.start];
    if (!first || position < first.position) return undefined;
    let low = this.start;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.events[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    let end = low;
    for (let bytes = 0; end < this.events.length && end - low < limit && bytes < maxBytes; end++)
      bytes += this.events[end]!.bytes.length;
    return this.events.slice(low, end);
  }
}
