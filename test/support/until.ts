const POLL_MS = 25;

/**
 * Waits for a condition, asking again and again. Rejects after the limit, naming what was waited for.
 * A condition that throws counts as not yet fulfilled until the limit, and then says why.
 */
export async function until(
  what: string | (() => string),
  limitMs: number,
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = performance.now() + limitMs;
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
      throw new Error(`Waited ${limitMs} ms in vain for ${name}`, { cause: failure });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
