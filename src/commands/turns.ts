import { KeyedMutex } from '../platform/keyed-mutex.js';
import type { Clock } from '../platform/clock.js';

/** So many commands wait for their turns at one aggregate; the next is refused at once. */
export const MOST_WAITING = 500;
/** A command that has not had its turn within this is refused, in milliseconds. */
export const LONGEST_WAIT_MS = 10_000;

/** Too many others are changing the same task or session: nothing was done, and the command may be repeated. */
export class TooBusyError extends Error {
  override readonly name = 'TooBusyError';
}

/**
 * Has the commands of one aggregate decided one after the other, in the order of asking. Within this process only: others
 * are found out by the expected revision. Whoever waits is refused after a time; nobody waits without an end.
 */
export class Turns {
  private readonly mutex = new KeyedMutex();
  private readonly waiting = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Runs the work when all that was asked for earlier has ended. Throws TooBusyError, and what the work throws. */
  async take<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.waiting.get(id) ?? 0;
    if (before > MOST_WAITING) throw new TooBusyError(`${MOST_WAITING} others wait to change ${id}`);
    this.waiting.set(id, before + 1);
    const tooLong = new AbortController();
    const cancel = this.clock.after(LONGEST_WAIT_MS, () =>
      tooLong.abort(new TooBusyError(`others have been changing ${id} for ${LONGEST_WAIT_MS} ms`)),
    );
    try {
      return await this.mutex.run(id, tooLong.signal, () => {
        cancel();
        return work();
      });
    } finally {
      cancel();
      const after = this.waiting.get(id)! - 1;
      if (after === 0) this.waiting.delete(id);
      else this.waiting.set(id, after);
    }
  }
}
