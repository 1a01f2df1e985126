import type { ClientReadableStream } from '@grpc/grpc-js';
import { answerWithin } from './stream-calls.js';
import { EventStoreUnavailableError } from './event-store.js';

interface Cancellable {
  cancel(): Promise<void> | void;
}

/** Items that may wait for their reader. */
const MOST_WAITING = 512;

/**
 * What the read gives, in batches of what has arrived: to wait for each item by itself takes as long as to decode it. Rejects
 * with EventStoreUnavailableError when nothing comes within the limit (in milliseconds; the time that the reader takes over
 * a batch does not count): the client knows no deadline for reads. A read that is not read to its end is cancelled.
 */
export async function* boundedRead<E>(
  beginning: Promise<ClientReadableStream<E>>,
  limitMs: number,
): AsyncGenerator<readonly E[]> {
  const read = await begun(beginning, limitMs);
  let items: E[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const wakeUp = () => {
    // Not before this turn of the event loop is over: more arrives in it.
    if (wake !== undefined) setImmediate(wake);
    wake = undefined;
  };
  read
    .on('data', (item: E) => {
      if (items.push(item) >= MOST_WAITING) read.pause();
      wakeUp();
    })
    .on('end', () => {
      ended = true;
      wakeUp();
    })
    .on('error', (error) => {
      failure ??= error;
      wakeUp();
    })
    .on('close', () => {
      if (!ended) failure ??= new Error('the read was cut off');
      wakeUp();
    });
  const timer = setTimeout(() => {
    if (wake !== undefined)
      read.destroy(new EventStoreUnavailableError(`No event within ${limitMs / 1_000} s`));
    else timer.refresh();
  }, limitMs);
  try {
    while (true) {
      if (items.length > 0) {
        const batch = items;
        items = [];
        yield batch;
        read.resume();
        timer.refresh();
      } else if (failure !== undefined) throw failure;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    clearTimeout(timer);
    if (!ended) leave(read);
  }
}

/** To begin is to look for a node first, where there are several. */
async function begun<C extends Cancellable>(beginning: Promise<C>, limitMs: number): Promise<C> {
  try {
    return await answerWithin(limitMs, beginning);
  } catch (error) {
    beginning.then(leave, () => undefined);
    throw error;
  }
}

/** Ends a read that nobody reads to its end: to the client, leaving the loop is not enough. */
export function leave(read: Cancellable): void {
  // Whatever comes of it, nobody waits for it any more.
  read.cancel()?.catch(() => undefined);
}
