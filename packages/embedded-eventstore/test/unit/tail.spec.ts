import { expect, test } from '@jest/globals';
import { encodeEvent, type StoredEvent } from '../../src/store/event.js';
import { Tail } from '../../src/store/tail.js';

const event = (position: number, size = 10): StoredEvent =>
  encodeEvent(
    {
      id: 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6',
      type: 't',
      contentType: '',
      metadata: Buffer.alloc(0),
      data: Buffer.alloc(size),
    },
    's',
    0,
    position,
    0,
  );
const positions = (events: StoredEvent[] | undefined) => events?.map(({ position }) => position);

test('gives what comes from a position on, which may lie between two', () => {
  const tail = new Tail();
  tail.push([event(10), event(20), event(30)]);
  expect(positions(tail.from(10, 100, 1e9))).toEqual([10, 20, 30]);
  expect(positions(tail.from(11, 100, 1e9))).toEqual([20, 30]);
  expect(positions(tail.from(31, 100, 1e9))).toEqual([]);
  expect(positions(tail.from(10, 2, 1e9))).toEqual([10, 20]);
  expect(positions(tail.from(10, 100, 1))).toEqual([10]);
});

test('says when it does not reach back so far', () => {
  const tail = new Tail();
  expect(tail.from(0, 1, 1e9)).toBeUndefined();
  tail.push([event(10)]);
  expect(tail.from(9, 1, 1e9)).toBeUndefined();
});

test('forgets the oldest, by number and by size', () => {
  const many = new Tail();
  for (let i = 0; i < 30_000; i += 100) many.push(Array.from({ length: 100 }, (_, j) => event(i + j)));
  expect(many.from(29_999 - 8192, 1, 1e9)).toBeUndefined();
  expect(many.from(30_000 - 8192, 1e9, 1e9)).toHaveLength(8192);
  const large = new Tail();
  for (let i = 0; i < 40; i++) large.push([event(i, 1_000_000)]);
  expect(large.from(0, 1, 1e9)).toBeUndefined();
  expect(large.from(39, 1, 1e9)).toHaveLength(1);
});
