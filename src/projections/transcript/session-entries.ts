import type { EntityManager } from 'typeorm';
import type { TranscriptEntry } from '../../events/session/transcript-entry.js';

/** Characters of entries that are read at a time: a page has one entry at least, and else no more than this. */
export const MOST_IN_PAGE = 2_000_000;

/** Which entries: after one position and up to another, at most so many. */
export interface EntryRange {
  readonly after: bigint;
  readonly upTo?: bigint;
  readonly limit: number;
}

export interface SessionEntry {
  readonly sessionId: string;
  readonly entry: TranscriptEntry;
}

/** Entries in rising position. */
export interface EntryPage {
  readonly entries: readonly SessionEntry[];
  /** Whether there is nothing more in the range. */
  readonly isLast: boolean;
}

interface Found {
  readonly session_id: string;
  readonly entry: TranscriptEntry;
  readonly found: number;
}

const MAX_POSITION = 2n ** 63n - 1n;

/** The entries of the sessions in the range, as the rows have them. */
export async function readEntries(
  manager: EntityManager,
  sessionIds: readonly string[],
  { after, upTo = MAX_POSITION, limit }: EntryRange,
): Promise<EntryPage> {
  const rows = await manager.query<Found[]>(
    `SELECT session_id, entry, found FROM (
       SELECT *, sum(size) OVER (ORDER BY position) - size AS before, (count(*) OVER ())::int AS found
       FROM (
         SELECT * FROM transcript_entries
         WHERE session_id = ANY($1::uuid[]) AND position > $2 AND position <= $3
         ORDER BY position LIMIT $4
       ) wanted
     ) page WHERE before < $5 ORDER BY position`,
    [sessionIds, after.toString(), upTo.toString(), limit + 1, MOST_IN_PAGE],
  );
  const entries = rows.slice(0, limit).map(({ session_id: sessionId, entry }) => ({ sessionId, entry }));
  return { entries, isLast: entries.length === (rows[0]?.found ?? 0) };
}

/** The last entries of a session before one position and after another, in rising position; `isLast` when they are all. */
export async function readLastEntries(
  manager: EntityManager,
  sessionId: string,
  { after, before = MAX_POSITION, limit }: { after: bigint; before?: bigint; limit: number },
): Promise<EntryPage> {
  const rows = await manager.query<Found[]>(
    `SELECT session_id, entry, found FROM (
       SELECT *, sum(size) OVER (ORDER BY position DESC) - size AS larger, (count(*) OVER ())::int AS found
       FROM (
         SELECT * FROM transcript_entries
         WHERE session_id = $1::uuid AND position > $2 AND position < $3
         ORDER BY position DESC LIMIT $4
       ) wanted
     ) page WHERE larger < $5 ORDER BY position DESC`,
    [sessionId, after.toString(), before.toString(), limit + 1, MOST_IN_PAGE],
  );
  const entries = rows.slice(0, limit).map(({ session_id, entry }) => ({ sessionId: session_id, entry }));
  return { entries: entries.reverse(), isLast: entries.length === (rows[0]?.found ?? 0) };
}
