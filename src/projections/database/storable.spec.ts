import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { storableJson, storableText } from './storable.js';

describe('what PostgreSQL can keep', () => {
  it('is left as it is', () => {
    const plain = { text: 'a "b" \\u0000 \\ud800 äöü 😀 \n', list: [1, null, true] };
    expect(JSON.parse(storableJson(plain))).toEqual(plain);
  });

  it('is made of anything else', () => {
    fc.assert(
      fc.property(
        fc.anything({ key: fc.string(), withBigInt: false }),
        fc.string({ unit: 'binary' }),
        (value, text) => {
          const json = storableJson([value, `${text}\0\ud83d`]);
          const last = (JSON.parse(json) as string[])[1]!;
          expect(last).toBe(`${storableText(text)}\uFFFD\uFFFD`);
          expect(last.isWellFormed()).toBe(true);
        },
      ),
    );
  });
});
