import { EventStoreUnavailableError } from './event-store.js';

export interface Cancellable {
  cancel(): Promise<void> | void;
}

/** What the client's reads and subscriptions have in common. */
export interface ClientStream<E> extends AsyncIterable<E> {
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(error?: Error): unknown;
}

/**
 * What the read gives, item by item. Rejects with EventStoreUnavailableError when the next item does not come
 * within the limit (in milliseconds; the time that the reader takes over an item does not count): the client knows
 * no deadline for reads. A read that is not read to its end is cancelled.
 */
export async function* boundedRead<E>(
  read: ClientStream<E> & Cancellable,
  limitMs: number,
): AsyncIterable<E> {
  // What it says after its end is nobody's business.
  read.on('error', () => undefined);
  let waiting = true;
  let ended = false;
  const timer = setTimeout(() => {
    if (waiting) read.destroy(new EventStoreUnavailableError(`No event within ${limitMs / 1_000} s`));
    else timer.refresh();
  }, limitMs);
  try {
    for await (const item of read) {
      waiting = false;
      yield item;
      waiting = true;
      timer.refresh();
    }
    ended = true;
  } finally {
    clearTimeout(timer);
    if (!ended) leave(read);
  }
}

/** Ends a read that nobody reads to its end: to the client, leaving the loop is not enough. */
export function leave(read: Cancellable): void {
  // Whatever comes of it, nobody waits for it any more.
  read.cancel()?.catch(() => undefined);
}
