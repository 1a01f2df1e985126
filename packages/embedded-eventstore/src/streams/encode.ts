import { FRAME_HEADER } from '../grpc/frames.js';
import { shared, streams } from '../grpc/messages.js';
import { bytesFieldSize, varintSize, writeBytesField, writeVarint } from '../grpc/wire.js';
import type { StoredEvent } from '../store/event.js';

/** An event as a reader gets it: with the link that led to it, or only the link where its target is gone. */
export interface ResolvedEvent {
  readonly event: StoredEvent | undefined;
  readonly link?: StoredEvent;
}

/** The event whose place in the stream counts: the link, if there is one. */
export const original = (resolved: ResolvedEvent): StoredEvent => (resolved.link ?? resolved.event)!;

/**
 * Frames events for a reader, all in one buffer. Both services' ReadResp is the same here:
 * {event: {event, link, commit_position, retry_count}}. With `structured` ids are two numbers instead of text.
 */
export function encodeEvents(
  events: readonly ResolvedEvent[],
  structured = false,
  retryCounts?: readonly number[],
): Buffer {
  const parts = events.map(({ event, link }) => ({
    event: event && recorded(event, structured),
    link: link && recorded(link, structured),
    position: (link ?? event!).position,
  }));
  const sizes = parts.map(
    ({ event, link, position }, index) =>
      (event ? bytesFieldSize(event.length) : 0) +
      (link ? bytesFieldSize(link.length) : 0) +
      1 +
      varintSize(position) +
      (retryCounts ? 1 + varintSize(retryCounts[index]!) : 0),
  );
  const total = sizes.reduce((sum, size) => sum + FRAME_HEADER + bytesFieldSize(size), 0);
  const bytes = Buffer.allocUnsafe(total);
  let offset = 0;
  for (const [index, { event, link, position }] of parts.entries()) {
    const size = sizes[index]!;
    bytes[offset++] = 0;
    offset = bytes.writeUInt32BE(bytesFieldSize(size), offset);
    bytes[offset++] = 0x0a;
    offset = writeVarint(bytes, offset, size);
    if (event) offset = writeBytesField(bytes, offset, 0x0a, event);
    if (link) offset = writeBytesField(bytes, offset, 0x12, link);
    bytes[offset++] = 0x18;
    offset = writeVarint(bytes, offset, position);
    if (retryCounts) {
      bytes[offset++] = 0x28;
      offset = writeVarint(bytes, offset, retryCounts[index]!);
    }
  }
  return bytes;
}

/** The stored RecordedEvent, with its id rewritten where the reader wants numbers. */
function recorded(event: StoredEvent, structured: boolean): Uint8Array {
  if (!structured) return event.recorded;
  const message = streams.ReadResp.ReadEvent.RecordedEvent.deserializeBinary(event.recorded);
  const hex = event.id.replaceAll('-', '');
  const half = (text: string) => BigInt.asIntN(64, BigInt(`0x${text}`)).toString();
  const bits = new shared.UUID.Structured();
  bits.setMostSignificantBits(half(hex.slice(0, 16))).setLeastSignificantBits(half(hex.slice(16)));
  return message.setId(new shared.UUID().setStructured(bits)).serializeBinary();
}
