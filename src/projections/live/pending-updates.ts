import type { Update } from '../feed/update.js';

/** So many updates are kept one by one; of more only the latest of each task. */
const FEW = 500;

/** Updates that wait for a client, in rising position. */
export class PendingUpdates {
  private updates: Update[] = [];
  private limit = FEW;

  get size(): number {
    return this.updates.length;
  }

  /** Adds an update that is newer than all others. */
  add(update: Update): void {
    this.updates.push(update);
    if (this.updates.length > this.limit) this.coalesce();
  }

  /** Keeps the latest update of each task only. */
  coalesce(): void {
    const latest = new Map<string, Update>();
    for (const update of this.updates) {
      // Taken out and put in again: the order of the map is that of the positions.
      latest.delete(update.taskId);
      latest.set(update.taskId, update);
    }
    this.updates = [...latest.values()];
    // Twice as many may come before it is done again, so that it costs little for each.
    this.limit = Math.max(FEW, 2 * this.updates.length);
  }

  /** Takes the oldest out. */
  take(): Update | undefined {
    return this.updates.shift();
  }

  clear(): void {
    this.updates = [];
    this.limit = FEW;
  }
}
