/**
 * The few pieces of protocol buffers' wire format that the hot paths (append, read, subscribe) write and read by
 * hand. Numbers are non-negative integers below 2^53; everything else goes through the generated messages.
 */

/**
 * A 64-bit number that came as text. Those that JavaScript cannot hold become the highest that it can: they stand
 * for "behind everything".
 */
export const readUint64 = (text: string): number => Math.min(Number(text), Number.MAX_SAFE_INTEGER);

/** The highest number that the protocol's signed 64 bits hold. */
const MAX_INT64 = 2n ** 63n - 1n;

/** Whether a 64-bit number that came as text is none of a revision: those are signed on the server. */
export const isNoRevision = (text: string): boolean => BigInt(text) > MAX_INT64;

/** Bytes that `value` takes as a varint. */
export function varintSize(value: number): number {
  let size = 1;
  while (value >= 0x80) {
    value = Math.floor(value / 0x80);
    size++;
  }
  return size;
}

/** Writes `value` as a varint and returns the offset behind it. */
export function writeVarint(buffer: Buffer, offset: number, value: number): number {
  while (value > 0x7fffffff) {
    buffer[offset++] = (value % 0x80) | 0x80;
    value = Math.floor(value / 0x80);
  }
  while (value >= 0x80) {
    buffer[offset++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  buffer[offset++] = value;
  return offset;
}

/** Writes a length-delimited field and returns the offset behind it. */
export function writeBytesField(buffer: Buffer, offset: number, tag: number, bytes: Uint8Array): number {
  buffer[offset++] = tag;
  offset = writeVarint(buffer, offset, bytes.length);
  buffer.set(bytes, offset);
  return offset + bytes.length;
}

/** Bytes that a length-delimited field with a one-byte tag takes. */
export const bytesFieldSize = (length: number): number => 1 + varintSize(length) + length;

/** Walks the fields of one message. Byte fields are views: copy what outlives the message. */
export class FieldReader {
  /** Number of the field that `next` stands on. */
  field = 0;
  private wireType = 0;

  constructor(
    private readonly buffer: Buffer,
    private offset = 0,
    private readonly end = buffer.length,
  ) {}

  /** Steps to the next field; false at the end of the message. */
  next(): boolean {
    if (this.offset >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    return true;
  }

  varint(): number {
    let result = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.offset >= this.end) break;
      const byte = this.buffer[this.offset++]!;
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result;
      scale *= 0x80;
    }
    throw new RangeError('The message ends in the middle of a number.');
  }

  /** A varint of up to 64 bits, unsigned. */
  varint64(): bigint {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.offset >= this.end) break;
      const byte = this.buffer[this.offset++]!;
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, result);
    }
    throw new RangeError('The message ends in the middle of a number.');
  }

  bytes(): Buffer {
    const length = this.varint();
    const start = this.offset;
    if (start + length > this.end) throw new RangeError('The message is shorter than it says.');
    this.offset = start + length;
    return this.buffer.subarray(start, this.offset);
  }

  string(): string {
    const bytes = this.bytes();
    return bytes.toString('utf8');
  }

  message(): FieldReader {
    const bytes = this.bytes();
    return new FieldReader(bytes);
  }

  skip(): void {
    if (this.wireType === 0) this.varint();
    else if (this.wireType === 2) this.bytes();
    else if (this.wireType === 1) this.offset += 8;
    else if (this.wireType === 5) this.offset += 4;
    else throw new RangeError(`Unknown wire type ${this.wireType}.`);
  }
}
