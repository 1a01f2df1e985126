import type { Logger } from 'pino';
import type { Clock } from '../platform/clock.js';

/** Says of each of many whether it is time to tell again that it was here. Keeps no more than there are. */
export class NowAndThen {
  private readonly told = new Map<string, number>();

  /** @param isThere whether there is still something to tell of: what is not is forgotten */
  constructor(
    private readonly clock: Clock,
    private readonly isThere: (id: string) => boolean,
    private readonly log: Logger,
  ) {}

  /**
   * Tells, if it was not told here within so many milliseconds, and was not stored within them (ISO 8601; null: never). Nobody
   * waits for that; where it fails it is tried again the next time.
   */
  tell(id: string, stored: string | null, everyMs: number, tell: (now: Date) => Promise<unknown>): void {
    const now = this.clock.now();
    const last = Math.max(this.told.get(id) ?? 0, stored === null ? 0 : Date.parse(stored));
    if (now.getTime() - last < everyMs) return;
    for (const known of this.told.keys()) if (!this.isThere(known)) this.told.delete(known);
    this.told.set(id, now.getTime());
    tell(now).catch((error: unknown) => {
      this.log.debug({ err: error, id }, 'that somebody was here is not noted');
      this.told.delete(id);
    });
  }

  get size(): number {
    return this.told.size;
  }
}
