import { UndecodableEventError } from '../../events/codec.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { foldStored, type FoldStep } from '../../events/task/fold.js';
import type { TaskEvent } from '../../events/task/task-events.js';
import { toTaskRecord, type TaskRecord } from '../../events/task/task-record.js';
import { NO_TASK, type VersionedTask } from '../../events/task/task-state.js';
import { hadHappened, type Moment } from '../moment.js';

/** One event of a task and what it made of the task. */
export interface Step {
  readonly stored: StoredEvent;
  /** Null for an event of a type that is not known here, or that cannot be read. */
  readonly event: TaskEvent | null;
  /** Why the event cannot be read; absent when it can. */
  readonly problem?: string;
  /** When it happened, by the clock of its command (ISO 8601); by the store's where the event has none. */
  readonly at: string;
  readonly before: TaskRecord | null;
  readonly after: TaskRecord | null;
}

/** Folds a task's events one by one, oldest first. An event that cannot be read changes nothing and says why. */
export function recordingOf(events: readonly StoredEvent[]): Step[] {
  let fold = NO_TASK;
  let before: TaskRecord | null = null;
  return events.map((stored) => {
    const { event, after: folded, problem } = read(fold, stored);
    fold = folded;
    const after = toTaskRecord(fold);
    const at = event?.data.at ?? stored.created.toISOString();
    const step: Step = { stored, event, problem, at, before, after };
    before = after;
    return step;
  });
}

/** The steps that had been taken by then. */
export function until(steps: readonly Step[], moment: Moment | undefined): Step[] {
  if (moment === undefined) return [...steps];
  const end = steps.findIndex(({ stored, at }) => !hadHappened(moment, { position: stored.position, at }));
  return end < 0 ? [...steps] : steps.slice(0, end);
}

function read(before: VersionedTask, stored: StoredEvent): FoldStep & { problem?: string } {
  try {
    return foldStored(before, stored);
  } catch (error) {
    if (!(error instanceof UndecodableEventError)) throw error;
    const { revision, position } = stored;
    return { event: null, after: { ...before, revision, position }, problem: error.message };
  }
}
