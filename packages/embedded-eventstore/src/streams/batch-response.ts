import { frame, FRAME_HEADER } from '../grpc/frames.js';
import { any, empty, shared, status, streams } from '../grpc/messages.js';
import { GrpcError, Status } from '../grpc/status.js';
import { bytesFieldSize, varintSize, writeBytesField, writeVarint } from '../grpc/wire.js';
import type { AppendOutcome, Expected } from '../store/append.js';
import { type Batch, BatchTimeout } from './batch.js';
import { MAX_APPEND_SIZE } from './proposed.js';

/** Frames the answer to an append that was decided. */
export function encodeOutcome(batch: Batch, outcome: AppendOutcome): Buffer {
  if (outcome.kind === 'appended') return encodeSuccess(batch, outcome.revision, outcome.position);
  if (outcome.kind === 'deleted') {
    const deleted = new shared.StreamDeleted().setStreamIdentifier(identifier(batch.stream));
    return encodeError(batch, Status.FAILED_PRECONDITION, 'The stream is deleted.', 'StreamDeleted', deleted);
  }
  return encodeError(
    batch,
    Status.FAILED_PRECONDITION,
    'Wrong expected version.',
    'WrongExpectedVersion',
    wrongVersion(batch.expected, outcome.current),
  );
}

/** Frames the answer to an append that could not be decided or written. */
export function encodeFailure(batch: Batch, error: unknown): Buffer {
  if (error instanceof BatchTimeout)
    return encodeError(
      batch,
      Status.DEADLINE_EXCEEDED,
      'The deadline had passed.',
      'Timeout',
      new shared.Timeout(),
    );
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof GrpcError ? error.code : Status.UNKNOWN;
  if (error instanceof GrpcError && error.trailers['exception'] === 'maximum-append-size-exceeded')
    return encodeError(
      batch,
      code,
      message,
      'MaximumAppendSizeExceeded',
      new shared.MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_SIZE),
    );
  if (error instanceof GrpcError && error.trailers['exception'] === 'access-denied')
    return encodeError(batch, code, message, 'AccessDenied', new shared.AccessDenied());
  // Named by its code, not `Unknown`: only of names that it does not know does the client show the message.
  return encodeError(batch, code, message, 'BadRequest', new shared.Unknown());
}

/** By hand, since it answers every append: BatchAppendResp{correlation_id, success, stream_identifier}. */
function encodeSuccess(batch: Batch, revision: number, position: number | undefined): Buffer {
  const name = Buffer.from(batch.stream);
  const identifierSize = bytesFieldSize(name.length);
  const positionSize = position === undefined ? 0 : 2 * (1 + varintSize(position));
  const revisionSize = revision < 0 ? 2 : 1 + varintSize(revision);
  const successSize = revisionSize + (position === undefined ? 2 : bytesFieldSize(positionSize));
  const size =
    bytesFieldSize(batch.correlation.length) + bytesFieldSize(successSize) + bytesFieldSize(identifierSize);
  const bytes = Buffer.allocUnsafe(FRAME_HEADER + size);
  bytes[0] = 0;
  let offset = bytes.writeUInt32BE(size, 1);
  offset = writeBytesField(bytes, offset, 0x0a, batch.correlation);
  bytes[offset++] = 0x1a;
  offset = writeVarint(bytes, offset, successSize);
  if (revision < 0) offset = bytes.writeUInt16BE(0x1200, offset);
  else {
    bytes[offset++] = 0x08;
    offset = writeVarint(bytes, offset, revision);
  }
  if (position === undefined) offset = bytes.writeUInt16BE(0x2200, offset);
  else {
    bytes[offset++] = 0x1a;
    offset = writeVarint(bytes, offset, positionSize);
    bytes[offset++] = 0x08;
    offset = writeVarint(bytes, offset, position);
    bytes[offset++] = 0x10;
    offset = writeVarint(bytes, offset, position);
  }
  bytes[offset++] = 0x22;
  offset = writeVarint(bytes, offset, identifierSize);
  writeBytesField(bytes, offset, 0x1a, name);
  return bytes;
}

function encodeError(
  batch: Batch,
  code: number,
  message: string,
  type: string,
  details: { serializeBinary(): Uint8Array },
): Buffer {
  const packed = new any.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${type}`);
  const error = new status.Status();
  error.setCode(code).setMessage(message).setDetails(packed);
  const response = new streams.BatchAppendResp()
    .setCorrelationId(shared.UUID.deserializeBinary(batch.correlation))
    .setStreamIdentifier(identifier(batch.stream))
    .setError(error);
  return frame(response.serializeBinary());
}

const identifier = (stream: string) =>
  new shared.StreamIdentifier().setStreamName(new Uint8Array(Buffer.from(stream)));

function wrongVersion(expected: Expected, current: number | undefined) {
  const details = new shared.WrongExpectedVersion();
  const nothing = new empty.Empty();
  if (current === undefined) details.setCurrentNoStream(nothing);
  else details.setCurrentStreamRevision(String(current));
  if (expected === 'any') details.setExpectedAny(nothing);
  else if (expected === 'no_stream') details.setExpectedNoStream(nothing);
  else if (expected === 'stream_exists') details.setExpectedStreamExists(nothing);
  else details.setExpectedStreamPosition(String(expected));
  return details;
}
