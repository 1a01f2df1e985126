import { UndecodableEventError } from '../../events/codec.js';
import { sessionCodec } from '../../events/session/session-codec.js';
import { sessionIdOfStream, type SessionEvent } from '../../events/session/session-events.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { taskIdOfStream } from '../../events/task/task-events.js';
import { NO_TASK, type VersionedTask } from '../../events/task/task-state.js';
import { withStored } from '../../events/task/shown-fold.js';
import type { Projection, RowChange } from '../definitions/projection.js';
import { shortened } from '../definitions/short-task.js';
import { Update } from '../feed/update.js';
import { RowBatch } from './row-batch.js';

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
  /** The folds after the batch, of the tasks in it. */
  readonly folds: ReadonlyMap<string, VersionedTask>;
}

const REASON_LENGTH = 2_000;

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
      const update = Update.of(after);
      if (update !== null) updates.push(update);
    } catch (error) {
      parked.push({ stored, reason: reasonOf(error) });
    }
  }
  return { rows, updates, parked, folds };
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

const reasonOf = (error: unknown): string => String(error).slice(0, REASON_LENGTH);
