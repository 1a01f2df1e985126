import { ErrorType, type JSONRecordedEvent } from '@eventstore/db-client';
import { convertToCommandError } from '@eventstore/db-client/dist/utils/CommandError.js';
import { status } from '@grpc/grpc-js';
import type { StoredEvent } from '../events/stored-event.js';
import {
  EventStoreFullError,
  EventStoreRefusedError,
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
} from './event-store.js';
import { asMetadata } from './wire/recorded-event.js';

/** The client's event in the port's words. */
export function toStored(event: JSONRecordedEvent): StoredEvent {
  return {
    id: event.id,
    stream: event.streamId,
    type: event.type,
    revision: event.revision,
    position: event.position?.commit ?? 0n,
    created: event.created,
    data: event.data,
    metadata: asMetadata(event.metadata),
  };
}

/** The type of an error of the client's, if it is one. */
export const typeOf = (error: unknown): unknown => (error as { type?: unknown } | null)?.type;

/** The client's error in the port's words. */
export function translated(error: unknown, stream: string): Error {
  const cause = { cause: error };
  const { code, details } = error as { code?: unknown; details?: unknown };
  if (code === status.RESOURCE_EXHAUSTED) {
    return new EventStoreFullError(`The event store did not write ${stream}: ${String(details)}`, cause);
  }
  // A place that a caller named, and that is none of this log.
  if (/invalid ?position/i.test(String(details)))
    return new EventStoreRefusedError(`The event store refused ${stream}: ${String(details)}`, cause);
  switch (typeOf(convertToCommandError(error as Error))) {
    case ErrorType.WRONG_EXPECTED_VERSION: {
      const { actualVersion } = error as { actualVersion: unknown };
      return new WrongExpectedRevisionError(stream, typeof actualVersion === 'bigint' ? actualVersion : -1n);
    }
    case ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED:
    case ErrorType.ACCESS_DENIED:
    case ErrorType.STREAM_DELETED:
    case ErrorType.INVALID_ARGUMENT:
      return new EventStoreRefusedError(
        `The event store refused ${stream}: ${(error as Error).message}`,
        cause,
      );
    default:
      return new EventStoreUnavailableError(
        `The event store did not answer for ${stream}: ${String(error)}`,
        cause,
      );
  }
}
