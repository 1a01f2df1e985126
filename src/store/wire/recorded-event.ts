import protobuf from 'protobufjs/minimal.js';
import type { EventMetadata, StoredEvent } from '../../events/stored-event.js';

/** .NET ticks of 100 ns, in which the store gives times. */
const DIGITS_OF_TICKS_BELOW_MS = 4;

/** Where the message ends that the reader stands before; steps into it. */
export const enter = (reader: protobuf.Reader): number => reader.uint32() + reader.pos;

/** The one field that is wanted of the message that the reader stands before, or undefined when it is not there. */
export function oneField<T>(
  reader: protobuf.Reader,
  wanted: number,
  read: (reader: protobuf.Reader) => T,
): T | undefined {
  let value: T | undefined;
  for (const end = enter(reader); reader.pos < end;) {
    const tag = reader.uint32();
    if (tag === wanted) value = read(reader);
    else reader.skipType(tag & 7);
  }
  return value;
}

/** The commit position (1) of a position, or 0n. */
export const readPosition = (reader: protobuf.Reader): bigint => oneField(reader, 8, readUint64) ?? 0n;

/** A 64-bit number without a sign. */
export function readUint64(reader: protobuf.Reader): bigint {
  const value: number | { low: number; high: number } = reader.uint64();
  // Without the optional package `long` it is a plain number.
  if (typeof value === 'number') return BigInt(value);
  const high = value.high >>> 0;
  const low = value.low >>> 0;
  return high < 2 ** 21 ? BigInt(high * 2 ** 32 + low) : (BigInt(high) << 32n) | BigInt(low);
}

const readString = (reader: protobuf.Reader): string => reader.string();

/**
 * Reads a RecordedEvent: id (1), stream (2), revision (3), commit position (5), what it is (6), metadata (7), data (8). Data
 * and metadata that are no JSON are given as the official client gives them. One loop without closures: this runs for
 * every event that is read.
 * @param bytes what the reader reads
 */
export function readRecordedEvent(reader: protobuf.Reader, bytes: Buffer): StoredEvent {
  let id = '';
  let stream = '';
  let revision = 0n;
  let position = 0n;
  let type = '';
  let contentType = '';
  let created = '';
  let metadata = NOTHING;
  let data = NOTHING;
  for (const end = enter(reader); reader.pos < end;) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        id = oneField(reader, 18, readString) ?? '';
        break;
      case 18:
        stream = oneField(reader, 26, readString) ?? '';
        break;
      case 24:
        revision = readUint64(reader);
        break;
      case 40:
        position = readUint64(reader);
        break;
      case 50: {
        let key = '';
        let value = '';
        for (const entryEnd = enter(reader); reader.pos < entryEnd;) {
          const field = reader.uint32();
          if (field === 10) key = reader.string();
          else if (field === 18) value = reader.string();
          else reader.skipType(field & 7);
        }
        if (key === 'type') type = value;
        else if (key === 'content-type') contentType = value;
        else if (key === 'created') created = value;
        break;
      }
      case 58:
        metadata = skipOver(reader);
        break;
      case 66:
        data = skipOver(reader);
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return {
    id,
    stream,
    type,
    revision,
    position,
    created: new Date(Number(created.slice(0, -DIGITS_OF_TICKS_BELOW_MS))),
    data:
      contentType === 'application/json' ? parsed(textOf(bytes, data)) : bytes.subarray(data.from, data.to),
    metadata: metadataOf(textOf(bytes, metadata)),
  };
}

/** A part of a message's bytes. */
interface Part {
  readonly from: number;
  readonly to: number;
}

const NOTHING: Part = { from: 0, to: 0 };

/** The bytes that the reader stands before; steps over them. Throws RangeError when they are not all there. */
function skipOver(reader: protobuf.Reader): Part {
  const length = reader.uint32();
  const from = reader.pos;
  reader.skip(length);
  return { from, to: reader.pos };
}

const textOf = (bytes: Buffer, { from, to }: Part): string => bytes.toString('utf8', from, to);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function metadataOf(text: string): EventMetadata {
  if (text === '') return {};
  try {
    return asMetadata(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Metadata is an object; whatever else an event carries in its place counts as none. */
export function asMetadata(value: unknown): EventMetadata {
  const isObject =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isObject ? (value as EventMetadata) : {};
}
