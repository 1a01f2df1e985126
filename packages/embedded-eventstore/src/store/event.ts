import { bytesFieldSize, varintSize, writeBytesField, writeVarint } from '../grpc/wire.js';

/** Revision of the event that marks a tombstoned stream; stands for the protocol's 2^63 - 1. */
export const TOMBSTONE_REVISION = Number.MAX_SAFE_INTEGER;

/** What a client wants stored. */
export interface ProposedEvent {
  /** Lower-case UUID. */
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly metadata: Uint8Array;
  readonly data: Uint8Array;
}

/*
 * The storage format: a fixed head for what the node itself looks at, then the event as the protocol's
 * RecordedEvent, so that reading is copying.
 *
 *   0 u8  format (1)          1 u8  flags (1 link)
 *   2 u16 stream offset       4 u16 stream length
 *   6 u16 type length         8 u32 type offset
 *  12 u32 data length        16 f64 created, ms since the Unix epoch
 *  24 f64 revision           32 RecordedEvent, its data last
 */
const FORMAT = 1;
const FLAG_LINK = 1;
const HEAD = 32;
const ID_SIZE = 36;
/** Where the id's text starts: behind the tags and lengths of RecordedEvent.id and UUID.string. */
const ID_OFFSET = HEAD + 4;

export const LINK_TYPE = '$>';

/** Longest stream name and event type, in bytes: the name is a key of the index. */
export const MAX_NAME = 1024;

const KEY_TYPE = Buffer.from('type');
const KEY_CONTENT_TYPE = Buffer.from('content-type');
const KEY_CREATED = Buffer.from('created');
/** 2^63 - 1 as a varint. */
const TOMBSTONE_VARINT = Buffer.from('ffffffffffffffff7f', 'hex');

/** One stored event: its position in `$all` and its bytes, of which it reads only what is asked for. */
export class StoredEvent {
  private name: string | undefined;

  constructor(
    readonly position: number,
    readonly bytes: Buffer,
  ) {}

  /** The RecordedEvent message. */
  get recorded(): Buffer {
    return this.bytes.subarray(HEAD);
  }

  /** Remembered: every subscription to a stream asks for it with every commit. */
  get stream(): string {
    if (this.name === undefined) {
      const offset = this.bytes.readUInt16LE(2);
      this.name = this.bytes.toString('utf8', offset, offset + this.bytes.readUInt16LE(4));
    }
    return this.name;
  }

  get type(): string {
    const offset = this.bytes.readUInt32LE(8);
    return this.bytes.toString('utf8', offset, offset + this.bytes.readUInt16LE(6));
  }

  get id(): string {
    return this.bytes.toString('latin1', ID_OFFSET, ID_OFFSET + ID_SIZE);
  }

  get revision(): number {
    return this.bytes.readDoubleLE(24);
  }

  /** Milliseconds since the Unix epoch. */
  get created(): number {
    return this.bytes.readDoubleLE(16);
  }

  /** A `$>` event without an `@` names no other: it is one like any other. */
  get isLink(): boolean {
    return (this.bytes[1]! & FLAG_LINK) !== 0 && this.data.includes('@');
  }

  get data(): Buffer {
    return this.bytes.subarray(this.bytes.length - this.bytes.readUInt32LE(12));
  }

  /** The event that a link points to, `revision@stream`; undefined where the link is malformed. */
  get linkTarget(): { stream: string; revision: number } | undefined {
    const match = /^(\d{1,15})@(.+)$/su.exec(this.data.toString('utf8'));
    return match ? { revision: Number(match[1]), stream: match[2]! } : undefined;
  }
}

/** Lays out an event for storage. `created` is in milliseconds since the Unix epoch. */
export function encodeEvent(
  proposed: ProposedEvent,
  stream: string,
  revision: number,
  position: number,
  created: number,
): StoredEvent {
  const name = Buffer.from(stream);
  const type = Buffer.from(proposed.type);
  const contentType = Buffer.from(proposed.contentType);
  const ticks = Buffer.from(`${created}0000`);
  const identifierSize = bytesFieldSize(name.length);
  const tombstone = revision === TOMBSTONE_REVISION;
  const entrySize = (key: Buffer, value: Buffer) => bytesFieldSize(key.length) + bytesFieldSize(value.length);
  const entries: [Buffer, Buffer][] = [
    [KEY_TYPE, type],
    [KEY_CONTENT_TYPE, contentType],
    [KEY_CREATED, ticks],
  ];
  let size = HEAD + 4 + ID_SIZE + bytesFieldSize(identifierSize);
  size += 1 + (tombstone ? TOMBSTONE_VARINT.length : varintSize(revision));
  size += 2 * (1 + varintSize(position));
  for (const [key, value] of entries) size += bytesFieldSize(entrySize(key, value));
  if (proposed.metadata.length > 0) size += bytesFieldSize(proposed.metadata.length);
  if (proposed.data.length > 0) size += bytesFieldSize(proposed.data.length);

  const bytes = Buffer.allocUnsafe(size);
  let offset = HEAD;
  offset = bytes.writeUInt32BE(0x0a261224, offset);
  offset += bytes.write(proposed.id, offset, ID_SIZE, 'latin1');
  bytes[offset++] = 0x12;
  offset = writeVarint(bytes, offset, identifierSize);
  const streamOffset = offset + identifierSize - name.length;
  offset = writeBytesField(bytes, offset, 0x1a, name);
  bytes[offset++] = 0x18;
  if (tombstone) offset += TOMBSTONE_VARINT.copy(bytes, offset);
  else offset = writeVarint(bytes, offset, revision);
  bytes[offset++] = 0x20;
  offset = writeVarint(bytes, offset, position);
  bytes[offset++] = 0x28;
  offset = writeVarint(bytes, offset, position);
  let typeOffset = 0;
  for (const [key, value] of entries) {
    bytes[offset++] = 0x32;
    offset = writeVarint(bytes, offset, entrySize(key, value));
    offset = writeBytesField(bytes, offset, 0x0a, key);
    offset = writeBytesField(bytes, offset, 0x12, value);
    if (value === type) typeOffset = offset - type.length;
  }
  if (proposed.metadata.length > 0) offset = writeBytesField(bytes, offset, 0x3a, proposed.metadata);
  if (proposed.data.length > 0) offset = writeBytesField(bytes, offset, 0x42, proposed.data);

  bytes[0] = FORMAT;
  bytes[1] = proposed.type === LINK_TYPE ? FLAG_LINK : 0;
  bytes.writeUInt16LE(streamOffset, 2);
  bytes.writeUInt16LE(name.length, 4);
  bytes.writeUInt16LE(type.length, 6);
  bytes.writeUInt32LE(typeOffset, 8);
  bytes.writeUInt32LE(proposed.data.length, 12);
  bytes.writeDoubleLE(created, 16);
  bytes.writeDoubleLE(revision, 24);
  return new StoredEvent(position, bytes);
}
