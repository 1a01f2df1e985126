import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Deframer, frame } from '../../src/grpc/frames.js';

test('messages come out as they went in, however the network cuts them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (messages, cuts) => {
        const bytes = Buffer.concat(messages.map((message) => frame(message)));
        const deframer = new Deframer(100);
        const out: number[][] = [];
        for (let offset = 0, i = 0; offset < bytes.length; i++) {
          const size = cuts[i % cuts.length]!;
          for (const message of deframer.push(bytes.subarray(offset, offset + size))) out.push([...message]);
          offset += size;
        }
        expect(out).toEqual(messages.map((message) => [...message]));
      },
    ),
  );
});

test('one that is too large is refused by its length, before it has come', () => {
  expect(() => new Deframer(100).push(frame(Buffer.alloc(101)).subarray(0, 5))).toThrow(/larger than 100/);
});

test('one that is compressed is refused', () => {
  const framed = frame(Buffer.from('x'));
  framed[0] = 1;
  expect(() => new Deframer(100).push(framed)).toThrow(/[Cc]ompressed/);
});
