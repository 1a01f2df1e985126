import { Inject, Injectable } from '@nestjs/common';
import type { HistoryRow } from '../database/entities/history.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import { Feed } from '../feed/feed.js';
import { itemOfRow, type HistoryItem } from './list-history.js';

/** So much of the log is looked through at a time, so that a rare type costs no long statement … */
const MOST_LOOKED_AT = 1_000;
/** … and so many events are answered: one may hold a long prompt. */
const MOST_EVENTS = 50;

/** An event of a task, as the task's history shows it. */
export interface WorkspaceEvent {
  readonly taskId: string;
  readonly eventId: string;
  readonly item: HistoryItem;
}

export interface WorkspaceEventPage {
  /** In rising position. */
  readonly events: readonly WorkspaceEvent[];
  /** What is wanted and not after this position is among the events, or came before the page. */
  readonly through: string;
  /** Whether more may follow at once. */
  readonly more: boolean;
}

/** Which events to look for. */
export interface WorkspaceEventWish {
  readonly workspaceId: string;
  /** Null: of every type. */
  readonly types: readonly string[] | null;
  /** Only what happened after this position. */
  readonly after: string;
}

type Row = { readonly [K in keyof HistoryRow]: HistoryRow[K] | null } & {
  readonly looked: number;
  readonly through: string | null;
};

/** What happens to the tasks of a workspace, from the rows: nobody is told of anything that could not be read over HTTP as well. */
@Injectable()
export class WorkspaceEvents {
  constructor(
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(Feed) private readonly feed: Feed,
  ) {}

  /** Throws RowsUnavailableError. */
  async page({ workspaceId, types, after }: WorkspaceEventWish): Promise<WorkspaceEventPage> {
    // Rows up to here can be read: a page that ends before its limit has looked at all of them.
    const readable = this.feed.position;
    const rows = await this.database.read((manager) =>
      manager.query<Row[]>(
        `SELECT seen.looked::int AS looked, seen.through, h.*
         FROM (SELECT count(*) AS looked, max(position) AS through
               FROM (SELECT position FROM history WHERE position > $1 ORDER BY position LIMIT ${MOST_LOOKED_AT}) ahead) seen
         LEFT JOIN LATERAL (
           SELECT e.position, e.revision, e.type, e.time, e.data, e.metadata, e.task_id AS "taskId", e.event_id AS "eventId"
           FROM history e JOIN tasks t ON t.task_id = e.task_id
           WHERE e.position > $1 AND e.position <= seen.through AND t.workspace_id = $2
             AND ($3::text[] IS NULL OR e.type = ANY($3))
           ORDER BY e.position LIMIT ${MOST_EVENTS}) h ON true
         ORDER BY h.position`,
        [after, workspaceId, types],
      ),
    );
    const events = rows.flatMap((row) =>
      row.position === null
        ? []
        : [{ taskId: row.taskId!, eventId: row.eventId!, item: itemOfRow(row as HistoryRow) }],
    );
    const { looked, through } = rows[0]!;
    if (events.length === MOST_EVENTS) return { events, through: events.at(-1)!.item.position, more: true };
    const more = looked === MOST_LOOKED_AT;
    return { events, through: max(through ?? after, more ? '0' : readable.toString()), more };
  }
}

const max = (a: string, b: string): string => (BigInt(a) > BigInt(b) ? a : b);
