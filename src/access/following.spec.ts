import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Following } from './following.js';

const following = (look: () => Promise<number>) =>
  new Following(look, 'what is looked at', pino({ level: 'silent' }));

describe('what others may have stored', () => {
  it('is looked at anew for each who asks after the last look began', async () => {
    let stored = 0;
    const looks = following(async () => stored);
    for (stored = 1; stored <= 4; stored++) expect(await looks.again()).toBe(stored);
  });

  it('is looked at once for all who ask at the same time, and not more often than that', async () => {
    let looks = 0;
    const here = following(async () => ++looks);
    const begun = performance.now();
    for (let round = 0; round < 3; round++)
      await Promise.all(Array.from({ length: 500 }, () => here.again()));
    expect(looks).toBe(3);
    expect(performance.now() - begun).toBeGreaterThan(390);
  });

  it('is looked at again after it could not be read', async () => {
    let fails = true;
    const here = following(async () => {
      if (fails) throw new Error('away');
      return 7;
    });
    await expect(here.again()).rejects.toThrow('away');
    fails = false;
    expect(await here.again()).toBe(7);
  });
});
