import { GrpcError, invalidArgument } from '../grpc/status.js';
import { FieldReader } from '../grpc/wire.js';
import type { Expected } from '../store/append.js';
import type { ProposedEvent } from '../store/event.js';
import { checkWritable, readProposedEvent, readStreamName } from './proposed.js';

/** Options of an append; only its first chunk has them. */
export interface BatchOptions {
  stream: string;
  expected: Expected;
  /** Milliseconds since the Unix epoch. */
  deadline: number;
}

/** One BatchAppendReq. */
export interface BatchChunk {
  /** The correlation id as the UUID message that came. */
  correlation: Buffer;
  options: BatchOptions | undefined;
  events: ProposedEvent[];
  /** Bytes of the events' data, which is what the append limit counts. */
  size: number;
  final: boolean;
  /** What is wrong with this append; others on the call are not concerned. */
  failure: GrpcError | undefined;
}

/** Decodes a BatchAppendReq; throws a RangeError for bytes that are none. */
export function readBatchChunk(message: Buffer): BatchChunk {
  const chunk: BatchChunk = {
    correlation: Buffer.alloc(0),
    options: undefined,
    events: [],
    size: 0,
    final: false,
    failure: undefined,
  };
  const reader = new FieldReader(message);
  while (reader.next()) {
    if (reader.field === 1) chunk.correlation = reader.bytes();
    else if (reader.field === 2) attempt(chunk, () => (chunk.options = readOptions(reader.message())));
    else if (reader.field === 3)
      attempt(chunk, () => {
        const event = readProposedEvent(reader.message());
        chunk.size += event.data.length;
        chunk.events.push(event);
      });
    else if (reader.field === 4) chunk.final = reader.varint() === 1;
    else reader.skip();
  }
  if (chunk.correlation.length === 0) throw invalidArgument('The append has no correlation id.');
  return chunk;
}

function attempt(chunk: BatchChunk, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof GrpcError)) throw error;
    chunk.failure ??= error;
  }
}

function readOptions(reader: FieldReader): BatchOptions {
  const options: BatchOptions = { stream: '', expected: 'any', deadline: Infinity };
  while (reader.next()) {
    if (reader.field === 1) options.stream = readStreamName(reader.message());
    else if (reader.field === 2) options.expected = reader.varint();
    else if (reader.field === 3) options.expected = mark(reader, 'no_stream');
    else if (reader.field === 4) options.expected = mark(reader, 'any');
    else if (reader.field === 5) options.expected = mark(reader, 'stream_exists');
    else if (reader.field === 6) options.deadline = readTimestamp(reader.message());
    else reader.skip();
  }
  checkWritable(options.stream);
  return options;
}

function mark(reader: FieldReader, expected: Expected): Expected {
  reader.skip();
  return expected;
}

function readTimestamp(reader: FieldReader): number {
  let ms = 0;
  while (reader.next()) {
    if (reader.field === 1) ms += reader.varint() * 1000;
    else if (reader.field === 2) ms += reader.varint() / 1e6;
    else reader.skip();
  }
  return ms;
}
