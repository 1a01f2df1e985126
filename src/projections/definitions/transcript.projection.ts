import { entryOf, unreadableEntry } from '../../events/session/transcript-entry.js';
import type { SessionProjection } from './projection.js';

/** One row an entry: what was said and done in sessions, for ever. */
export const transcriptProjection: SessionProjection = {
  name: 'transcript',
  version: 1,
  tables: [
    {
      name: 'transcript_entries',
      columns: {
        position: { type: 'bigint' },
        session_id: { type: 'uuid' },
        /** Characters of the entry as JSON: pages are bounded by it. */
        size: { type: 'integer' },
        entry: { type: 'jsonb' },
      },
      key: ['position'],
      insertOnly: true,
      indexes: ['session_id, position'],
    },
  ],
  projectSession({ sessionId, event, stored: { position, created } }) {
    const entry =
      event === null ? unreadableEntry(position, created.toISOString()) : entryOf(event, position);
    if (entry === null) return [];
    const size = JSON.stringify(entry).length;
    return [
      {
        table: 'transcript_entries',
        row: { position: entry.position, session_id: sessionId, size, entry },
      },
    ];
  },
};
