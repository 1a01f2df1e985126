import protobuf from 'protobufjs/minimal.js';
import type { EventMetadata, StoredEvent } from '../event-store.js';

/** .NET ticks of 100 ns, in which the store gives times. */
const DIGITS_OF_TICKS_BELOW_MS = 4;

/** Steps through the fields of the message that the reader stands before; `read` is to take or skip the field's value. */
export function eachField(reader: protobuf.Reader, read: (tag: number) => void): void {
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) read(reader.uint32());
}

/** The one field that is wanted of the message that the reader stands before, or undefined when it is not there. */
export function oneField<T>(reader: protobuf.Reader, wanted: number, read: () => T): T | undefined {
  let value: T | undefined;
  eachField(reader, (tag) => {
    if (tag === wanted) value = read();
    else reader.skipType(tag & 7);
  });
  return value;
}

/** The commit position (1) of a position, or 0n. */
export const readPosition = (reader: protobuf.Reader): bigint =>
  oneField(reader, 8, () => toBigInt(reader.uint64())) ?? 0n;

/** A 64-bit number comes as a plain one, or (with the optional package `long`) as an object that prints as one. */
export const toBigInt = (value: unknown): bigint => BigInt(typeof value === 'number' ? value : String(value));

/**
 * Reads a RecordedEvent: id (1), stream (2), revision (3), commit position (5), what it is (6), metadata (7), data (8). Data
 * and metadata that are no JSON are given as the official client gives them.
 */
export function readRecordedEvent(reader: protobuf.Reader): StoredEvent {
  let id = '';
  let stream = '';
  let revision = 0n;
  let position = 0n;
  let type = '';
  let contentType = '';
  let created = '';
  let metadata: Uint8Array | undefined;
  let data: Uint8Array = new Uint8Array();
  eachField(reader, (tag) => {
    switch (tag) {
      case 10:
        id = oneField(reader, 18, () => reader.string()) ?? '';
        break;
      case 18:
        stream = oneField(reader, 26, () => reader.string()) ?? '';
        break;
      case 24:
        revision = toBigInt(reader.uint64());
        break;
      case 40:
        position = toBigInt(reader.uint64());
        break;
      case 50: {
        let key = '';
        let value = '';
        eachField(reader, (field) => {
          if (field === 10) key = reader.string();
          else if (field === 18) value = reader.string();
          else reader.skipType(field & 7);
        });
        if (key === 'type') type = value;
        else if (key === 'content-type') contentType = value;
        else if (key === 'created') created = value;
        break;
      }
      case 58:
        metadata = reader.bytes();
        break;
      case 66:
        data = reader.bytes();
        break;
      default:
        reader.skipType(tag & 7);
    }
  });
  return {
    id,
    stream,
    type,
    revision,
    position,
    created: new Date(Number(created.slice(0, -DIGITS_OF_TICKS_BELOW_MS))),
    data: contentType === 'application/json' ? parsed(data) : data,
    metadata: metadataOf(metadata),
  };
}

function parsed(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function metadataOf(bytes: Uint8Array | undefined): EventMetadata {
  if (bytes === undefined || bytes.length === 0) return {};
  try {
    return asMetadata(JSON.parse(textOf(bytes)));
  } catch {
    return {};
  }
}

const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('utf8');

/** Metadata is an object; whatever else an event carries in its place counts as none. */
export function asMetadata(value: unknown): EventMetadata {
  const isObject =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isObject ? (value as EventMetadata) : {};
}
