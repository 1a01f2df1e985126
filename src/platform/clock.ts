import { onAbort } from './aborts.js';

/** Time as commands and sagas see it: injected, so that the simulation can run hours of it in a millisecond. */
export interface Clock {
  now(): Date;
  /** Calls after so many milliseconds, unless what it answers is called before. */
  after(ms: number, wake: () => void): () => void;
  /** Resolves after so many milliseconds, or as soon as the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A number from 0 up to 1. */
export type Random = () => number;

/** Resolves after so many milliseconds, or as soon as the signal aborts. Never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      cancel?.();
      resolve();
    };
    const timer = setTimeout(done, ms);
    const cancel = signal && onAbort(signal, done);
  });
}

function after(ms: number, wake: () => void): () => void {
  const timer = setTimeout(wake, ms);
  return () => clearTimeout(timer);
}

/** Waits for a time (ISO 8601; at once when there is none or it is past). Rejects with the signal's reason when stopped meanwhile. */
export async function sleepUntil(clock: Clock, time: string | undefined, stop: AbortSignal): Promise<void> {
  const ms = time === undefined ? 0 : Date.parse(time) - clock.now().getTime();
  if (ms > 0) await clock.sleep(ms, stop);
  stop.throwIfAborted();
}

export const systemClock: Clock = { now: () => new Date(), after, sleep: pause };
