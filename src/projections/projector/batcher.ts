import { type Clock, systemClock } from '../../platform/clock.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { sessionIdOfStream } from '../../events/session/session-events.js';

/** At most so many events, or characters of payload, roughly, go into one batch. */
const MAX_EVENTS = 500;
const MAX_SIZE = 2_000_000;
/** While busy, a batch waits so long for more. */
const LINGER_MS = 20;
/** So many events within one linger count as busy; one task by itself does not. */
const BUSY_EVENTS = 40;

/**
 * Gathers events into batches: what comes alone goes on at once, what comes in a stream goes on every
 * 20 ms or 500 events. Offering waits while two batches are full, so memory is bounded.
 */
export class Batcher {
  private queue: StoredEvent[] = [];
  private readonly arrivals: number[] = [];
  private lastTaken = 0;
  private wakeTaker?: () => void;
  private wakeOfferer?: () => void;
  private ended = false;

  constructor(private readonly clock: Clock = systemClock) {}

  /** Events that wait. */
  get length(): number {
    return this.queue.length;
  }

  /** When the oldest event that waits was stored. */
  get oldest(): Date | undefined {
    return this.queue[0]?.created;
  }

  async offer(event: StoredEvent): Promise<void> {
    this.queue.push(event);
    this.arrivals.push(this.now());
    if (this.arrivals.length > BUSY_EVENTS) this.arrivals.shift();
    this.wakeTaker?.();
    if (this.queue.length >= 2 * MAX_EVENTS && !this.ended)
      await new Promise<void>((resolve) => (this.wakeOfferer = resolve));
  }

  /** The next batch: at least one event, or null when ended. */
  async take(): Promise<readonly StoredEvent[] | null> {
    while (!this.ended && this.queue.length === 0) await this.change();
    while (!this.ended && this.queue.length < MAX_EVENTS) {
      const left = this.lingerLeft();
      if (left <= 0) break;
      await this.change(left);
    }
    if (this.ended) return null;
    this.lastTaken = this.now();
    const batch = this.queue.splice(0, this.batchLength());
    this.wakeOfferer?.();
    return batch;
  }

  /** Wakes everybody; nothing more is taken. */
  end(): void {
    this.ended = true;
    this.wakeTaker?.();
    this.wakeOfferer?.();
  }

  private lingerLeft(): number {
    const now = this.now();
    const isBusy = this.arrivals.length >= BUSY_EVENTS && now - this.arrivals[0]! <= LINGER_MS;
    // A clock that was set back makes nobody wait longer.
    return isBusy ? Math.min(this.lastTaken + LINGER_MS - now, LINGER_MS) : 0;
  }

  private now(): number {
    return this.clock.now().getTime();
  }

  private batchLength(): number {
    let size = 0;
    let length = 0;
    for (; length < Math.min(this.queue.length, MAX_EVENTS); length++) {
      size += sizeOf(this.queue[length]!);
      if (size > MAX_SIZE && length > 0) break;
    }
    return length;
  }

  private async change(withinMs?: number): Promise<void> {
    let cancel: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      this.wakeTaker = resolve;
      if (withinMs !== undefined) cancel = this.clock.after(withinMs, resolve);
    });
    cancel?.();
    this.wakeTaker = undefined;
  }
}

/**
 * Characters that rows made of the event hold, roughly. Of a task only prompts are large (whole in the history only), and
 * everything else counts as a little; in a session much may be.
 */
export function sizeOf({ stream, data }: Pick<StoredEvent, 'stream' | 'data'>): number {
  if (sessionIdOfStream(stream) !== null) return 500 + JSON.stringify(data ?? null).length;
  const { task, prompt } = (data ?? {}) as { task?: unknown; prompt?: unknown };
  return (
    1_000 + (typeof task === 'string' ? task.length : 0) + (typeof prompt === 'string' ? prompt.length : 0)
  );
}
