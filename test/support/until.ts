declare global {
  /** By how much the limits of waits are longer than written; set by the environment of the tests. */
  var PATIENCE: number | undefined;
}

const POLL_MS = 25;

/** A limit as long as it is where the tests run. */
export const patiently = (limitMs: number): number => limitMs * (globalThis.PATIENCE ?? 1);

/**
 * Waits for a condition, asking again and again. Rejects after the limit (patiently), naming what was waited for.
 * A condition that throws counts as not yet fulfilled until the limit, and then says why.
 */
export async function until(
  what: string | (() => string),
  limitMs: number,
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  const longest = patiently(limitMs);
  const deadline = performance.now() + longest;
  let failure: unknown;
  for (;;) {
    try {
      if (await condition()) return;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadline) {
      const name = typeof what === 'string' ? what : what();
      throw new Error(`Waited ${longest} ms in vain for ${name}`, { cause: failure });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
