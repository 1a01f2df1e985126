import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FieldReader, readUint64, varintSize, writeBytesField, writeVarint } from '../../src/grpc/wire.js';
import { shared } from '../../src/grpc/messages.js';

describe('varints', () => {
  test('come back as they were, in the size that was foretold', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const buffer = Buffer.alloc(12);
        buffer[0] = 0x08;
        const end = writeVarint(buffer, 1, value);
        expect(end - 1).toBe(varintSize(value));
        const reader = new FieldReader(buffer.subarray(0, end));
        expect(reader.next()).toBe(true);
        expect(reader.varint()).toBe(value);
        expect(reader.next()).toBe(false);
      }),
    );
  });

  test('are what the generated code reads and writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const theirs = new shared.AllStreamPosition().setCommitPosition(String(value)).serializeBinary();
        const reader = new FieldReader(Buffer.from(theirs));
        if (value === 0) expect(reader.next()).toBe(false);
        else expect(reader.next() && reader.varint()).toBe(value);
      }),
    );
  });

  test('of 64 bits are read whole', () => {
    const bytes = new shared.UUID.Structured().setMostSignificantBits('-1').serializeBinary();
    const reader = new FieldReader(Buffer.from(bytes));
    reader.next();
    expect(reader.varint64()).toBe(2n ** 64n - 1n);
  });
});

test('fields that nobody knows are skipped', () => {
  const buffer = Buffer.alloc(40);
  let end = writeBytesField(buffer, 0, 0x7a, Buffer.from('unknown'));
  buffer[end++] = 0x79;
  end += 8;
  buffer[end++] = 0x7d;
  end += 4;
  end = writeBytesField(buffer, end, 0x0a, Buffer.from('known'));
  const reader = new FieldReader(buffer.subarray(0, end));
  const seen: string[] = [];
  while (reader.next())
    if (reader.field === 1) seen.push(reader.string());
    else reader.skip();
  expect(seen).toEqual(['known']);
});

test('bytes that are no message are an error, never an endless loop or a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const reader = new FieldReader(Buffer.from(bytes));
      try {
        while (reader.next()) reader.skip();
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});

test('numbers beyond what JavaScript holds stand for behind everything', () => {
  expect(readUint64('18446744073709551615')).toBe(Number.MAX_SAFE_INTEGER);
  expect(readUint64('42')).toBe(42);
});
