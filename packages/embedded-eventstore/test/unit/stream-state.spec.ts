import { describe, expect, test } from '@jest/globals';
import {
  applyMetadata,
  decodeStreamState,
  encodeStreamState,
  firstVisible,
  newStreamState,
  withTruncateBefore,
} from '../../src/store/stream-state.js';

const apply = (json: string) => {
  const state = newStreamState(1, 's');
  applyMetadata(state, Buffer.from(json));
  return state;
};

describe('metadata', () => {
  test.each([
    ['{"$maxCount":5}', { maxCount: 5, maxAgeMs: Infinity, truncateBefore: 0 }],
    ['{"$maxAge":3,"$tb":7}', { maxCount: Infinity, maxAgeMs: 3000, truncateBefore: 7 }],
    ['{"$tb":9223372036854775807}', { truncateBefore: Infinity }],
    ['{"$tb":9223372036854776000}', { truncateBefore: Infinity }],
    [
      '{"$maxCount":"5","$maxAge":-1,"$tb":null}',
      { maxCount: Infinity, maxAgeMs: Infinity, truncateBefore: 0 },
    ],
    ['[1]', { maxCount: Infinity }],
    ['nonsense', { maxCount: Infinity }],
  ])('%s is understood', (json, expected) => {
    expect(apply(json)).toMatchObject(expected);
  });

  test('keeps the rest when its truncation is replaced', () => {
    expect(withTruncateBefore({}, '9223372036854775807').toString()).toBe('{"$tb":9223372036854775807}');
    expect(withTruncateBefore({ $tb: 1, a: { b: [2] } }, '3').toString()).toBe('{"a":{"b":[2]},"$tb":3}');
  });
});

test('a state comes back from the disk as it was', () => {
  const state = {
    ...newStreamState(7, 's'),
    head: 12,
    truncateBefore: Infinity,
    tombstoned: true,
    maxCount: 3,
  };
  expect(decodeStreamState(encodeStreamState(state))).toEqual(state);
});

test('the first visible revision is the highest of all limits', () => {
  const state = { ...newStreamState(1, 's'), head: 9 };
  expect(firstVisible(state)).toBe(0);
  expect(firstVisible({ ...state, maxCount: 4 })).toBe(6);
  expect(firstVisible({ ...state, maxCount: 4, truncateBefore: 8 })).toBe(8);
  expect(firstVisible({ ...state, maxCount: 100 })).toBe(0);
});

test('the first visible revision is never behind the next one to be written', () => {
  const state = { ...newStreamState(1, 's'), head: 9 };
  for (const truncateBefore of [Infinity, 11, 2 ** 53])
    expect(firstVisible({ ...state, truncateBefore })).toBe(10);
  expect(firstVisible({ ...state, head: -1, truncateBefore: Infinity })).toBe(0);
});
