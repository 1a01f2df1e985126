import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeenKeys } from './seen-keys.js';

describe('keys that were seen', () => {
  it('are all known again', () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), (keys) => {
        const seen = new SeenKeys();
        for (const key of keys) seen.add(key);
        expect(keys.every((key) => seen.add(key))).toBe(true);
      }),
      { numRuns: 20 },
    ));

  it('are seldom taken for others that look alike', () => {
    const seen = new SeenKeys();
    let mistaken = 0;
    for (let number = 0; number < 100_000; number++) if (seen.add(`stage_durations ${number}`)) mistaken++;
    expect(mistaken).toBeLessThan(10);
  });
});
