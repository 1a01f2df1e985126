import { foldEvent, foldEvents, type FoldStep as Step } from '../fold.js';
import { decode } from './task-codec.js';
import type { TaskEvent } from './task-events.js';
import { evolve } from './evolve.js';
import type { Task, VersionedTask } from './task-state.js';

const FOLDING = { decode, evolve };
type Stored = Parameters<typeof foldEvent>[2];

export type FoldStep = Step<Task, TaskEvent>;

/** The task's fold with one more stored event. Throws UndecodableEventError for one that cannot be read. */
export const foldStored = (before: VersionedTask, stored: Stored): FoldStep =>
  foldEvent(FOLDING, before, stored);

/** The fold of a task's stream. Throws UndecodableEventError, and what the read throws. */
export const foldStream = (events: AsyncIterable<Stored>): Promise<VersionedTask> =>
  foldEvents(FOLDING, events);
