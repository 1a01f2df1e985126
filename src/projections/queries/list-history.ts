import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { EventStore } from '../../store/event-store.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { taskStream } from '../../events/task/task-events.js';
import { EVENT_STORE } from '../../platform/tokens.js';
import { HistoryRow } from '../database/entities/history.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import { RowsUnavailableError } from '../database/rows-unavailable.js';
import type { Page } from './page-cursor.js';
import { ReadYourWrites } from './read-your-writes.js';
import { taskNotFound } from './task-not-found.js';

/** Which part of a history. */
export interface HistoryFilter {
  /** Only what happened after this position. */
  readonly after?: string;
  readonly limit: number;
  /** Waits until the rows are at least at this position. */
  readonly minPosition?: string;
}

/** An event as people see it: `revision` is its number in its task, from 0; `time` is ISO 8601. */
export interface HistoryItem {
  readonly position: string;
  readonly revision: number;
  readonly type: string;
  readonly time: string;
  readonly data: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
}

/** A page of what happened to a task, oldest first. */
export class ListHistory extends Query<Page<HistoryItem>> {
  constructor(
    readonly taskId: string,
    readonly page: HistoryFilter,
  ) {
    super();
  }
}

/** Answers from the rows; from the stream itself where they do not have the task yet or are away. */
@QueryHandler(ListHistory)
export class ListHistoryHandler implements IQueryHandler<ListHistory> {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(ReadYourWrites) private readonly readYourWrites: ReadYourWrites,
  ) {}

  async execute({ taskId, page }: ListHistory): Promise<Page<HistoryItem>> {
    const items = (await this.fromRows(taskId, page)) ?? (await this.fromStream(taskId, page));
    const shown = items.slice(0, page.limit);
    return { items: shown, next: items.length > page.limit ? shown.at(-1)!.position : null };
  }

  /** Up to one more than asked for; null when the rows do not know the task. */
  private async fromRows(taskId: string, page: HistoryFilter): Promise<HistoryItem[] | null> {
    try {
      await this.readYourWrites.waitFor(page.minPosition);
      return await this.database.read(async (manager) => {
        const read = () =>
          manager
            .createQueryBuilder(HistoryRow, 'h')
            .where('h.taskId = :taskId AND h.position > :after', { taskId, after: page.after ?? -1 })
            .orderBy('h.position')
            .limit(page.limit + 1)
            .getMany();
        let rows = await read();
        if (rows.length === 0) {
          if (!(await manager.existsBy(HistoryRow, { taskId }))) return null;
          // The first row may have come between the two questions.
          rows = await read();
        }
        return rows.map(itemOfRow);
      });
    } catch (error) {
      if (error instanceof RowsUnavailableError) return null;
      throw error;
    }
  }

  private async fromStream(taskId: string, page: HistoryFilter): Promise<HistoryItem[]> {
    const after = BigInt(page.after ?? -1);
    const items: HistoryItem[] = [];
    let exists = false;
    for await (const stored of this.store.readStream(taskStream(taskId))) {
      exists = true;
      if (stored.position > after) items.push(itemOfEvent(stored));
      if (items.length > page.limit) break;
    }
    if (!exists) throw taskNotFound(taskId);
    return items;
  }
}

/** As people see it. */
export const itemOfRow = (row: Omit<HistoryRow, 'taskId' | 'eventId'>): HistoryItem => ({
  position: row.position,
  revision: Number(row.revision),
  type: row.type,
  time: row.time.toISOString(),
  data: row.data,
  metadata: row.metadata,
});

function itemOfEvent({ position, revision, type, created, data, metadata }: StoredEvent): HistoryItem {
  const fields = (data ?? {}) as Record<string, unknown>;
  const time = typeof fields.at === 'string' ? fields.at : created.toISOString();
  return { position: position.toString(), revision: Number(revision), type, time, data: fields, metadata };
}
