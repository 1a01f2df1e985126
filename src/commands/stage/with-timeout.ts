import type { Clock } from '../../clock.js';
import { orAborted } from '../../providers/aborted.js';
import { ProviderError } from '../../providers/sandbox-provider.js';

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
  const ended = new AbortController();
  const { signal } = abort;
  // By hand: AbortSignal.any costs 30 µs, for each stage of each task.
  const stopped = () => abort.abort(stop.reason);
  stop.addEventListener('abort', stopped, { once: true });
  void clock.sleep(limitMs, ended.signal).then(() => {
    if (ended.signal.aborted) return;
    abort.abort(new ProviderError('timeout', `No result within ${limitMs / 1_000} s`, { retryable: true }));
  });
  const work = effect(signal);
  try {
    return await orAborted(work, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    const late = work.then(
      (result) => ({ result }),
      () => undefined,
    );
    const succeeded = await Promise.race([late, clock.sleep(GRACE_MS, ended.signal)]);
    if (succeeded) return succeeded.result;
    // Whatever the effect made of being stopped, the reason is the stop.
    throw signal.reason;
  } finally {
    // With a reason, so that no exception is made up for it.
    ended.abort('ended');
    stop.removeEventListener('abort', stopped);
  }
}
