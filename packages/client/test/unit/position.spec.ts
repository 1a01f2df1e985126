import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAfter, isPosition } from '../../src/position.js';

const position = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });

it('orders positions as the numbers that they are', () => {
  fc.assert(fc.property(position, position, (a, b) => isAfter(String(a), String(b)) === a > b));
});

it('knows a position', () => {
  fc.assert(fc.property(position, (a) => isPosition(String(a))));
  for (const text of ['', '-1', '007', '1.5', '0x1', '9'.repeat(20), 7, null])
    expect(isPosition(text)).toBe(false);
});
