import { FieldReader } from '../grpc/wire.js';
import {
  type GrpcError,
  invalidArgument,
  maximumAppendSizeExceeded,
  requiredMetadataMissing,
  writeDenied,
} from '../grpc/status.js';
import { MAX_NAME, type ProposedEvent } from '../store/event.js';

/** Bytes of data that one append may carry at most: the usual limit of an EventStoreDB server. */
export const MAX_APPEND_SIZE = 1024 * 1024;
/** Bytes that the messages of one append may have at most: bounds what that limit does not count. */
const MAX_RECEIVED = 16 * 1024 * 1024;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Reads a UUID in either of the protocol's forms, as text or as two 64-bit numbers. */
export function readUuid(reader: FieldReader): string {
  let text = '';
  while (reader.next()) {
    if (reader.field === 2) text = reader.string().toLowerCase();
    else if (reader.field === 1) text = readStructuredUuid(reader.message());
    else reader.skip();
  }
  return text;
}

function readStructuredUuid(reader: FieldReader): string {
  const halves = [0n, 0n];
  while (reader.next()) {
    if (reader.field === 1 || reader.field === 2) halves[reader.field - 1] = reader.varint64();
    else reader.skip();
  }
  const hex = halves.map((half) => half.toString(16).padStart(16, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Reads an event to append; the same message in Append and BatchAppend. Bytes are views of the request. */
export function readProposedEvent(reader: FieldReader): ProposedEvent {
  let id = '';
  let type: string | undefined;
  let contentType: string | undefined;
  let metadata: Uint8Array = new Uint8Array();
  let data: Uint8Array = new Uint8Array();
  while (reader.next()) {
    if (reader.field === 1) id = readUuid(reader.message());
    else if (reader.field === 2) {
      const [key, value] = readMapEntry(reader.message());
      if (key === 'type') type = value;
      else if (key === 'content-type') contentType = value;
    } else if (reader.field === 3) metadata = reader.bytes();
    else if (reader.field === 4) data = reader.bytes();
    else reader.skip();
  }
  if (!UUID.test(id)) throw invalidArgument(`The event id "${id}" is not a UUID.`);
  if (type === undefined) throw requiredMetadataMissing('type');
  if (contentType === undefined) throw requiredMetadataMissing('content-type');
  if (type === '') throw invalidArgument(`Event ${id} has no type.`);
  if (Buffer.byteLength(type) > MAX_NAME)
    throw invalidArgument(`The type of event ${id} is longer than ${MAX_NAME} bytes.`);
  return { id, type, contentType, metadata, data };
}

function readMapEntry(reader: FieldReader): [string, string] {
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  return [key, value];
}

/** Reads a StreamIdentifier. */
export function readStreamName(reader: FieldReader): string {
  let name = '';
  while (reader.next()) {
    if (reader.field === 3) name = reader.string();
    else reader.skip();
  }
  return name;
}

/** Refuses names that cannot be a key. */
export function checkStreamName(name: string): string {
  if (name === '') throw invalidArgument('The stream name is empty.');
  if (name === '$$') throw invalidArgument('$$ is the metadata of a stream without a name.');
  if (Buffer.byteLength(name) > MAX_NAME)
    throw invalidArgument(`The stream name is longer than ${MAX_NAME} bytes.`);
  return name;
}

/** Refuses names that are none of a stream of its own. */
export function checkWritable(name: string): string {
  if (name === '$all') throw writeDenied(name);
  return checkStreamName(name);
}

/** What is wrong with an append of so many bytes of data, in messages of so many bytes altogether. */
export function tooLarge(data: number, received: number): GrpcError | undefined {
  if (data > MAX_APPEND_SIZE) return maximumAppendSizeExceeded(MAX_APPEND_SIZE);
  return received > MAX_RECEIVED
    ? invalidArgument(`The append is larger than ${MAX_RECEIVED} bytes with its metadata.`)
    : undefined;
}
