/** gRPC's length-prefixed messages (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */

export const FRAME_HEADER = 5;

/** Prefixes one message with its header. */
export function frame(payload: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(FRAME_HEADER + payload.length);
  framed[0] = 0;
  framed.writeUInt32BE(payload.length, 1);
  framed.set(payload, FRAME_HEADER);
  return framed;
}

/** Cuts a byte stream into messages. */
export class Deframer {
  private pending: Buffer = Buffer.alloc(0);

  /** `limit` is the largest message accepted, in bytes. */
  constructor(private readonly limit: number) {}

  /** The messages that `chunk` completes; throws a RangeError for one that is compressed or too large. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const messages: Buffer[] = [];
    let offset = 0;
    while (bytes.length - offset >= FRAME_HEADER) {
      const length = bytes.readUInt32BE(offset + 1);
      if (bytes[offset] !== 0) throw new RangeError('Compressed messages are not supported.');
      if (length > this.limit)
        throw new RangeError(`The message of ${length} bytes is larger than ${this.limit}.`);
      if (bytes.length - offset < FRAME_HEADER + length) break;
      offset += FRAME_HEADER;
      messages.push(bytes.subarray(offset, offset + length));
      offset += length;
    }
    this.pending = bytes.subarray(offset);
    return messages;
  }
}
