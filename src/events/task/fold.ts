import { codecOf, UndecodableEventError } from '../codec.js';
import { foldEvent, foldEvents, type FoldStep as Step } from '../fold.js';
import type { StoredEvent } from '../stored-event.js';
import { TASK_EVENT_SCHEMAS, type TaskEvent } from './task-events.js';
import { evolve } from './evolve.js';
import type { Task, VersionedTask } from './task-state.js';
import { STATUS_OF_STAGE, STAGES, type Stage } from './vocabulary.js';

/** Between a task's events and what is stored of them. */
export const { encode, decode } = codecOf<TaskEvent>(TASK_EVENT_SCHEMAS);

const FOLDING = { decode, evolve };
type Stored = Parameters<typeof foldEvent>[2];

export type FoldStep = Step<Task, TaskEvent>;

/** The task's fold with one more stored event. Throws UndecodableEventError for one that cannot be read. */
export const foldStored = (before: VersionedTask, stored: Stored): FoldStep =>
  foldEvent(FOLDING, before, stored);

/** The fold of a task's stream. Throws UndecodableEventError, and what the read throws. */
export const foldStream = (events: AsyncIterable<Stored>): Promise<VersionedTask> =>
  foldEvents(FOLDING, events);

const REASON_LENGTH = 500;

/** One more stored event in a fold that is to be shown. */
interface Shown {
  readonly fold: VersionedTask;
  /** Null for a type that is not ours, and for what cannot be read. */
  readonly event: TaskEvent | null;
  /** Why the event cannot be read, or null. */
  readonly problem: UndecodableEventError | null;
}

/**
 * The fold as it is shown. Commands refuse a task with an event that cannot be read; who shows it says so instead: such a
 * task is in `error`, and stays as it is, for what comes after cannot be told without it. Where no task is known yet, the fold
 * stays as it is.
 */
export function withStored(
  before: VersionedTask,
  stored: Pick<StoredEvent, 'type' | 'data' | 'metadata' | 'stream' | 'revision' | 'position' | 'created'>,
): Shown {
  const { revision, position } = stored;
  const isStuck = before.state?.unreadable === true;
  try {
    const { event, after } = foldStored(before, stored);
    if (event === null) return { fold: before, event, problem: null };
    return { fold: isStuck ? { ...after, state: before.state } : after, event, problem: null };
  } catch (problem) {
    if (!(problem instanceof UndecodableEventError)) throw problem;
    if (before.state === null) return { fold: before, event: null, problem };
    const state = isStuck ? before.state : unreadable(before.state, problem, stored.created.toISOString());
    return { fold: { state, revision, position }, event: null, problem };
  }
}

function unreadable(task: Task, { message }: UndecodableEventError, at: string): Task {
  const reason = message.slice(0, REASON_LENGTH);
  const stage = task.stage ?? lastStageOf(task);
  return {
    ...task,
    status: 'error',
    statusMessage: `Nothing more is done: an event of the task cannot be read by this version: ${reason}`,
    error: { stage, attempts: task.attempt, code: 'undecodable_event', reason, at },
    unreadable: true,
    updatedAt: at,
  };
}

/** The stage that ended last, of a task for which none is due. */
function lastStageOf({ status }: Task): Stage {
  if (status === 'archived' || status === 'sleeping') return 'release_sandbox';
  if (status === 'killed') return 'destroy_sandbox';
  return STAGES.find((stage) => STATUS_OF_STAGE[stage] === status) ?? 'create_session';
}
