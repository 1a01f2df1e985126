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
import { MOST_IN_PAGE, readEntries } from '../transcript/session-entries.js';
import type { Page } from './page-cursor.js';
import { ReadYourWrites } from './read-your-writes.js';

/** Which part of a transcript. */
export interface TranscriptFilter {
  /** Only what came after this position. */
  readonly after?: string;
  readonly limit: number;
  /** Waits until the rows are at least at this position. */
  readonly minPosition?: string;
}

/** A page of what was said and done in a session, oldest first; nothing for a session in which nothing was. */
export class ListTranscript extends Query<Page<TranscriptEntry>> {
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

  async execute({ sessionId, page }: ListTranscript): Promise<Page<TranscriptEntry>> {
    return (await this.fromRows(sessionId, page)) ?? this.fromStream(sessionId, page);
  }

  /** Null when the rows have nothing of the session. */
  private async fromRows(
    sessionId: string,
    { after = '-1', limit, minPosition }: TranscriptFilter,
  ): Promise<Page<TranscriptEntry> | null> {
    try {
      await this.readYourWrites.waitFor(minPosition);
      return await this.database.read(async (manager) => {
        const read = (from: bigint, most: number) =>
          readEntries(manager, [sessionId], { after: from, limit: most });
        const { entries, isLast } = await read(BigInt(after), limit);
        if (entries.length === 0 && (await read(-1n, 1)).entries.length === 0) return null;
        return pageOf(
          entries.map(({ entry }) => entry),
          isLast,
        );
      });
    } catch (error) {
      if (error instanceof RowsUnavailableError) return null;
      throw error;
    }
  }

  private async fromStream(sessionId: string, page: TranscriptFilter): Promise<Page<TranscriptEntry>> {
    const after = BigInt(page.after ?? -1);
    const items: TranscriptEntry[] = [];
    let size = 0;
    for await (const stored of this.store.readStream(sessionStream(sessionId))) {
      if (stored.position <= after) continue;
      const entry = shownEntry(stored);
      if (entry === null) continue;
      if (items.length === page.limit || size >= MOST_IN_PAGE) return pageOf(items, false);
      items.push(entry);
      size += JSON.stringify(entry).length;
    }
    return pageOf(items, true);
  }
}

const pageOf = (items: TranscriptEntry[], isLast: boolean): Page<TranscriptEntry> => ({
  items,
  next: isLast ? null : items.at(-1)!.position,
});

function shownEntry(stored: StoredEvent): TranscriptEntry | null {
  try {
    const event = sessionCodec.decode(stored);
    return event && entryOf(event, stored.position);
  } catch (error) {
    if (!(error instanceof UndecodableEventError)) throw error;
    return unreadableEntry(stored.position, stored.created.toISOString());
  }
}
