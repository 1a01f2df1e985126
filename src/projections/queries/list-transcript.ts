import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { UndecodableEventError } from '../../events/codec.js';
import { sessionCodec } from '../../events/session/session-codec.js';
import { sessionStream } from '../../events/session/session-events.js';
import { entryOf, unreadableEntry, type TranscriptEntry } from '../../events/session/transcript-entry.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { EVENT_STORE } from '../../platform/tokens.js';
import type { EventStore } from '../../store/event-store.js';
import { RowsDatabase } from '../database/rows-database.js';
import { RowsUnavailableError } from '../database/rows-unavailable.js';
import { MOST_IN_PAGE, readEntries, readLastEntries, type EntryPage } from '../transcript/session-entries.js';
import type { Page } from './page-cursor.js';
import { ReadYourWrites } from './read-your-writes.js';

/** Which part of a transcript. */
export interface TranscriptFilter {
  /** Only what came after this position. */
  readonly after?: string;
  /** Only what came before this position, the last of it; `end` for the last of all. */
  readonly before?: string;
  readonly limit: number;
  /** Waits until the rows are at least at this position. */
  readonly minPosition?: string;
}

/** Entries in rising position. */
export interface TranscriptPage extends Page<TranscriptEntry> {
  /** Where `before` was given: what to give as `before` for what came before the page, null for nothing. */
  readonly previous?: string | null;
}

/** The `before` of the last page. */
export const END = 'end';

/** A page of what was said and done in a session, oldest first; nothing for a session in which nothing was. */
export class ListTranscript extends Query<TranscriptPage> {
  constructor(
    readonly sessionId: string,
    readonly page: TranscriptFilter,
  ) {
    super();
  }
}

/** Answers from the rows; from the stream itself where they have nothing of the session yet or are away. */
@QueryHandler(ListTranscript)
export class ListTranscriptHandler implements IQueryHandler<ListTranscript> {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(ReadYourWrites) private readonly readYourWrites: ReadYourWrites,
  ) {}

  async execute({ sessionId, page }: ListTranscript): Promise<TranscriptPage> {
    return (await this.fromRows(sessionId, page)) ?? this.fromStream(sessionId, page);
  }

  /** Null when the rows have nothing of the session. */
  private async fromRows(
    sessionId: string,
    { after = '-1', before, limit, minPosition }: TranscriptFilter,
  ): Promise<TranscriptPage | null> {
    try {
      await this.readYourWrites.waitFor(minPosition);
      return await this.database.read(async (manager) => {
        const read = (from: bigint, most: number) =>
          readEntries(manager, [sessionId], { after: from, limit: most });
        const page =
          before === undefined
            ? await read(BigInt(after), limit)
            : await readLastEntries(manager, sessionId, {
                after: BigInt(after),
                before: before === END ? undefined : BigInt(before),
                limit,
              });
        if (page.entries.length === 0 && (await read(-1n, 1)).entries.length === 0) return null;
        return pageOf(page, before);
      });
    } catch (error) {
      if (error instanceof RowsUnavailableError) return null;
      throw error;
    }
  }

  private async fromStream(sessionId: string, page: TranscriptFilter): Promise<TranscriptPage> {
    const after = BigInt(page.after ?? -1);
    const { before, limit } = page;
    let items: TranscriptEntry[] = [];
    let isLast = true;
    let size = 0;
    for await (const stored of this.store.readStream(sessionStream(sessionId))) {
      if (stored.position <= after) continue;
      if (before !== undefined && before !== END && stored.position >= BigInt(before)) break;
      const entry = shownEntry(stored);
      if (entry === null) continue;
      if (before === undefined && (items.length === limit || size >= MOST_IN_PAGE)) {
        isLast = false;
        break;
      }
      items.push(entry);
      size += JSON.stringify(entry).length;
      while (before !== undefined && (items.length > limit || (size > MOST_IN_PAGE && items.length > 1))) {
        isLast = false;
        size -= JSON.stringify(items[0]).length;
        items = items.slice(1);
      }
    }
    return pageOf({ entries: items.map((entry) => ({ sessionId, entry })), isLast }, before);
  }
}

/** With `before` a page goes on towards the beginning, else towards the end. */
function pageOf({ entries, isLast }: EntryPage, before: string | undefined): TranscriptPage {
  const items = entries.map(({ entry }) => entry);
  if (before === undefined) return { items, next: isLast ? null : items.at(-1)!.position };
  return { items, next: null, previous: isLast ? null : items[0]!.position };
}

function shownEntry(stored: StoredEvent): TranscriptEntry | null {
  try {
    const event = sessionCodec.decode(stored);
    return event && entryOf(event, stored.position);
  } catch (error) {
    if (!(error instanceof UndecodableEventError)) throw error;
    return unreadableEntry(stored.position, stored.created.toISOString());
  }
}
