import type { StoredEvent } from '../events/stored-event.js';

const MAX_DATA = 160;

/** An event for programs: revisions and positions as decimal strings, for they do not fit a JSON number. */
export const eventForPrograms = (event: StoredEvent) => ({
  stream: event.stream,
  id: event.id,
  type: event.type,
  revision: event.revision.toString(),
  position: event.position.toString(),
  created: event.created.toISOString(),
  data: event.data,
  metadata: event.metadata,
});

/** An event for people, as cells of a row: position, stream@revision, time, type, data. */
export function eventForPeople(event: StoredEvent, full = false): string[] {
  const data = JSON.stringify(event.data) ?? '';
  return [
    event.position.toString(),
    `${event.stream}@${event.revision}`,
    event.created.toISOString(),
    event.type,
    full || data.length <= MAX_DATA ? data : `${data.slice(0, MAX_DATA)}…`,
  ];
}
