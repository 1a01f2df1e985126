import { onAbort } from '../../platform/aborts.js';
import type { Clock } from '../../platform/clock.js';
import { ProviderError } from '../../events/provider-error.js';

/** How long an effect may take to notice that it was stopped, in milliseconds. */
const GRACE_MS = 2_000;

/**
 * Runs an effect with a time limit. When the limit passes or `stop` fires, the effect's signal is aborted;
 * an effect that does not end within two seconds of that is left to itself (whatever it still makes, the
 * next attempt finds or the reaper removes). Rejects with a retryable ProviderError `timeout`, or with
 * the reason of `stop`; an effect that was stopped and yet succeeds in these two seconds has succeeded.
 */
export async function withTimeout<T>(
  clock: Clock,
  limitMs: number,
  stop: AbortSignal,
  effect: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  stop.throwIfAborted();
  const abort = new AbortController();
  let interrupt!: (reason: unknown) => void;
  const interrupted = new Promise<never>((_, reject) => (interrupt = reject));
  const end = (reason: unknown) => {
    if (abort.signal.aborted) return;
    cancel();
    abort.abort(reason);
    interrupt(reason);
  };
  // By hand, with few listeners: this runs for each stage of each task, and AbortSignal.any costs 30 µs.
  const unlisten = onAbort(stop, () => end(stop.reason));
  let cancel = clock.after(limitMs, () =>
    end(new ProviderError('timeout', `No result within ${limitMs / 1_000} s`, { retryable: true })),
  );
  const work = effect(abort.signal);
  try {
    return await Promise.race([work, interrupted]);
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    const late = work.then(
      (result) => ({ result }),
      () => undefined,
    );
    const patience = new Promise<void>((resolve) => (cancel = clock.after(GRACE_MS, resolve)));
    const succeeded = await Promise.race([late, patience]);
    if (succeeded) return succeeded.result;
    // Whatever the effect made of being stopped, the reason is the stop.
    throw abort.signal.reason;
  } finally {
    cancel();
    unlisten();
  }
}
