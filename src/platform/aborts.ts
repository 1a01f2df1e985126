/**
 * The only place that listens to an AbortSignal (ESLint sees to it). A signal that has fired never fires
 * again, so a bare listener that comes late waits for ever; nothing here does.
 */

/** Calls once when the signal aborts, or at once when it has aborted already. Answers what takes that back. */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  if (signal.aborted) {
    call();
    return () => undefined;
  }
  signal.addEventListener('abort', call, { once: true });
  return () => signal.removeEventListener('abort', call);
}

/** Resolves when the signal aborts, or at once when it has aborted already. Never rejects. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => void onAbort(signal, resolve));
}

/**
 * The work's outcome, or a rejection with the signal's reason as soon as it aborts. The work itself goes
 * on then; what becomes of it is no longer heard.
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = onAbort(signal, () => reject(signal.reason as Error));
    work.then(resolve, reject).finally(cancel);
  });
}

/**
 * The outcome, good or bad, of whichever settles first; all of them get a signal that aborts then, and whose
 * abortion nobody waits for. Rejects with the outer signal's reason as soon as that aborts, whatever they do.
 */
export async function firstOf<T>(
  signal: AbortSignal,
  ...works: readonly ((signal: AbortSignal) => Promise<T>)[]
): Promise<T> {
  signal.throwIfAborted();
  const over = new AbortController();
  const cancel = onAbort(signal, () => over.abort(signal.reason));
  try {
    return await orAborted(Promise.race(works.map((work) => work(over.signal))), signal);
  } finally {
    cancel();
    over.abort(new Error('Another one was first'));
  }
}
