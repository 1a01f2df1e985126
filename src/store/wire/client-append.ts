import { NO_STREAM, jsonEvent, type EventStoreDBClient } from '@eventstore/db-client';
import type { AppendResult, ExpectedRevision } from '../event-store.js';
import type { NewEvent } from '../../events/stored-event.js';

/**
 * Appends all or nothing over the client's connection. Rejects with the client's errors, also when the connection breaks;
 * one that is silent is the caller's to notice.
 * @param deadlineMs the server drops the append when it has not come to it after so many milliseconds
 */
export type Append = (
  client: EventStoreDBClient,
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
  deadlineMs: number,
) => Promise<AppendResult>;

/** The client's own append. */
export const clientAppend: Append = async (client, stream, events, expected, deadlineMs) => {
  const result = await client.appendToStream(
    stream,
    events.map((event) => jsonEvent({ ...event, data: event.data as Record<string, unknown> })),
    { expectedRevision: expected === 'no_stream' ? NO_STREAM : expected, deadline: deadlineMs },
  );
  return { revision: result.nextExpectedRevision, position: result.position?.commit ?? 0n };
};
