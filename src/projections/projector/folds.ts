import { LRUCache } from 'lru-cache';
import type { Db } from '../database/db.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { taskIdOfStream } from '../../events/task/task-events.js';
import type { Task, VersionedTask } from '../../events/task/task-state.js';
import { identifier } from '../database/table-sql.js';

/** Folds that are kept in memory: their long texts are left out, so they are all of about one size. */
const KEPT = 16_000;

/** The folds behind the rows: those used last in memory, the others in the rows themselves. */
export class Folds {
  private readonly cache = new LRUCache<string, VersionedTask>({
    max: KEPT,
  });

  /** `table`: the tasks' table, or the one beside it that a rebuild fills. */
  constructor(private readonly table = 'tasks') {}

  /** The folds, as of the rows, of the tasks that these events belong to. */
  async before(
    events: readonly StoredEvent[],
    db: Db,
  ): Promise<(taskId: string) => VersionedTask | undefined> {
    const found = new Map<string, VersionedTask>();
    const seen = new Set<string>();
    const missing: string[] = [];
    for (const { stream, revision } of events) {
      const taskId = taskIdOfStream(stream);
      if (taskId === null || seen.has(taskId)) continue;
      seen.add(taskId);
      const cached = this.cache.get(taskId);
      if (cached !== undefined) found.set(taskId, cached);
      // A stream that begins here has no row yet.
      else if (revision > 0n) missing.push(taskId);
    }
    if (missing.length > 0) {
      const { rows } = await db.query<{ task_id: string; state: Task; revision: string; position: string }>({
        name: `folds-${this.table}`,
        text: `SELECT task_id, state, revision, position FROM ${identifier(this.table)} WHERE task_id = ANY($1::uuid[])`,
        values: [missing],
      });
      for (const { task_id, state, revision, position } of rows)
        found.set(task_id, { state, revision: BigInt(revision), position: BigInt(position) });
    }
    return (taskId) => found.get(taskId);
  }

  /** The batch is committed: from now on these are the folds. */
  commit(folds: ReadonlyMap<string, VersionedTask>): void {
    for (const [taskId, fold] of folds) this.cache.set(taskId, fold);
  }

  /** What is in memory is not as the rows are. */
  forget(): void {
    this.cache.clear();
  }
}
