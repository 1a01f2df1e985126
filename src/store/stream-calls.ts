import type { ClientReadableStream } from '@grpc/grpc-js';
import { within } from '../platform/within.js';
import { onAbort } from '../platform/aborts.js';
import { EventStoreUnavailableError } from './event-store.js';
import { acknowledgement, type GroupCall } from './wire/group.js';

/** What the work gives, or EventStoreUnavailableError when it gives nothing within the limit (in milliseconds). */
export const answerWithin = <T>(limitMs: number, work: Promise<T>): Promise<T> =>
  within(limitMs, work, () => {
    throw new EventStoreUnavailableError(`no answer within ${limitMs / 1_000} s`);
  });

/** Hands every item on, one after the other, until the call ends or the signal fires. */
export async function consume<E>(
  call: ClientReadableStream<E>,
  signal: AbortSignal,
  handle: (item: E) => Promise<void> | void,
): Promise<void> {
  const stop = () => {
    // To cancel a call in the very turn in which it begins has no effect.
    setImmediate(() => call.cancel());
    call.destroy();
  };
  // What it says after its end is nobody's business.
  call.on('error', () => undefined);
  // It may have fired while the subscription was being made: nobody would end it then.
  if (signal.aborted) return stop();
  const cancel = onAbort(signal, stop);
  try {
    for await (const item of call as AsyncIterable<E>) {
      if (signal.aborted) return;
      await handle(item);
    }
  } finally {
    cancel();
    stop();
  }
}

/** Acknowledges in one message whatever was acknowledged in one turn of the event loop. */
export function batchedAcks(call: GroupCall) {
  let waiting: string[] = [];
  return (id: string) => {
    if (waiting.push(id) > 1) return;
    setImmediate(() => {
      call.write(acknowledgement(waiting));
      waiting = [];
    });
  };
}
