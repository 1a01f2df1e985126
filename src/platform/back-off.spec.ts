import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backOffMs } from './back-off.js';

const policy = { firstMs: 1_000, capMs: 30_000 };

describe('the wait before the next attempt', () => {
  it('doubles up to its cap', () =>
    expect([1, 2, 3, 4, 5, 6, 7, 1_000].map((attempt) => backOffMs(attempt, policy, 0))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]));

  it('has up to half of it taken off at random', () =>
    expect([0, 0.5, 0.9999].map((random) => backOffMs(2, policy, random))).toEqual([2_000, 1_500, 1_000]));

  it('is always between half of the first wait and the cap', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const ms = backOffMs(attempt, policy, random);
          expect(ms).toBeGreaterThanOrEqual(500);
          expect(ms).toBeLessThanOrEqual(30_000);
          expect(Number.isInteger(ms)).toBe(true);
        },
      ),
    ));
});
