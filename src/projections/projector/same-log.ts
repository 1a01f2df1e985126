import type { Db } from '../database/db.js';
import type { EventStore } from '../../store/event-store.js';
import { taskStream } from '../../events/task/task-events.js';

/** The last rows that are looked up: one of them may be of a task whose stream was deleted. */
const LOOKED_UP = 5;

interface Last {
  readonly task_id: string;
  readonly revision: string;
  readonly event_id: string;
  readonly position: string;
}

/**
 * Whether the rows were made from this log: one of the events last projected is in it, at the very same position. In
 * any other log (a copy, an older or an empty one) the checkpoint means nothing.
 */
export async function areOfThisLog(db: Db, store: EventStore): Promise<boolean> {
  const { rows } = await db.query<Last>(
    `SELECT task_id, revision, event_id, position FROM history ORDER BY position DESC LIMIT ${LOOKED_UP}`,
  );
  for (const row of rows) {
    const place = { from: BigInt(row.revision), limit: 1 };
    for await (const { id, position } of store.readStream(taskStream(row.task_id), place))
      if (id === row.event_id && position.toString() === row.position) return true;
  }
  return rows.length === 0;
}
