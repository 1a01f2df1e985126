import { setTimeout as delay } from 'node:timers/promises';

/** The first answer that is not undefined or false; fails after `within` milliseconds, naming what was waited for. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false,
  within = 20_000,
): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const answer = probe();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`Waited ${within} ms in vain for ${what}`);
    await delay(5);
  }
}
