import { LRUCache } from 'lru-cache';
import type { StoredEvent } from '../../events/stored-event.js';
import { taskIdOfStream } from '../../events/task/task-events.js';
import { type Task, type VersionedTask, NO_TASK } from '../../events/task/task-state.js';
import { UndecodableEventError } from '../../events/codec.js';
import { sessionCodec } from '../../events/session/session-codec.js';
import { sessionIdOfStream, type SessionEvent } from '../../events/session/session-events.js';
import { withStored } from '../../events/task/fold.js';
import { reasonOf } from '../../platform/reason.js';
import type { Db } from '../database/db.js';
import { identifier } from '../database/table-sql.js';
import type { Projection, RowChange } from '../definitions/projection.js';
import { shortened } from '../definitions/tasks.projection.js';
import { Update } from '../feed/feed.js';
import { RowBatch } from './row-batch.js';

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

/** An event that could not be projected, and why. The others go on without it. */
export interface ParkedEvent {
  readonly stored: StoredEvent;
  readonly reason: string;
}

/** What a batch of events comes to. */
export interface Folded {
  readonly rows: RowBatch;
  /** One for each event of a task that shows, in order. */
  readonly updates: readonly Update[];
  readonly parked: readonly ParkedEvent[];
  /** Streams that were erased: their earlier rows are to be overwritten. */
  readonly erased: readonly string[];
  /** The folds after the batch, of the tasks in it. */
  readonly folds: ReadonlyMap<string, VersionedTask>;
}

/**
 * Folds a batch of events, in order, into rows and updates. `foldOf` gives the tasks' folds as they were
 * before the batch. Pure but for that; an event that throws, wherever, is parked and its task goes on
 * without it; one that cannot be read is parked, too, and its task or transcript says so.
 */
export function foldBatch(
  events: readonly StoredEvent[],
  projections: readonly Projection[],
  foldOf: (taskId: string) => VersionedTask | undefined,
): Folded {
  const rows = new RowBatch(projections);
  const updates: Update[] = [];
  const parked: ParkedEvent[] = [];
  const erased: string[] = [];
  const folds = new Map<string, VersionedTask>();
  let lastOfSession = -1n;
  for (const stored of events) {
    try {
      const sessionId = sessionIdOfStream(stored.stream);
      if (sessionId !== null) {
        if (stored.position <= lastOfSession) continue;
        lastOfSession = stored.position;
        const { changes, problem } = sessionChanges(sessionId, stored, projections);
        for (const rowChange of changes) rows.add(rowChange);
        if (stored.type === 'SessionErased' && problem === null) erased.push(stored.stream);
        if (problem !== null) parked.push({ stored, reason: reasonOf(problem) });
        continue;
      }
      const taskId = taskIdOfStream(stored.stream);
      if (taskId === null) throw new Error(`${stored.stream} is not the stream of a task or a session`);
      const before = folds.get(taskId) ?? foldOf(taskId) ?? NO_TASK;
      if (stored.revision <= before.revision) continue;
      const { fold, event, problem } = withStored(before, stored);
      if (problem !== null) parked.push({ stored, reason: reasonOf(problem) });
      if (fold === before) continue;
      const after = asKept(fold);
      folds.set(taskId, after);
      // All changes or none: a projection that throws must not leave half an event behind.
      const change = { before, after, event, stored };
      const changes: RowChange[] = [];
      for (const projection of projections) changes.push(...(projection.project?.(change) ?? []));
      for (const rowChange of changes) rows.add(rowChange);
      if (event?.type === 'TaskErased') erased.push(stored.stream);
      const update = Update.of(after, stored);
      if (update !== null) updates.push(update);
    } catch (error) {
      parked.push({ stored, reason: reasonOf(error) });
    }
  }
  return { rows, updates, parked, erased, folds };
}

/** What the projections make of an event of a session: all changes, or it throws. Nothing is folded for them. */
function sessionChanges(
  sessionId: string,
  stored: StoredEvent,
  projections: readonly Projection[],
): { readonly changes: readonly RowChange[]; readonly problem: UndecodableEventError | null } {
  let event: SessionEvent | null = null;
  let problem: UndecodableEventError | null = null;
  try {
    event = sessionCodec.decode(stored);
    if (event === null) return { changes: [], problem };
  } catch (error) {
    if (!(error instanceof UndecodableEventError)) throw error;
    problem = error;
  }
  const change = { sessionId, event, stored };
  const changes = projections.flatMap((projection) => projection.projectSession?.(change) ?? []);
  return { changes, problem };
}

/** The fold as rows keep it: without its long texts. */
export const asKept = (fold: VersionedTask): VersionedTask => ({ ...fold, state: shortened(fold.state) });
