import type { CommandContext, ExecutedOnTask } from '../commands/executor.js';
import type { GivenUp } from '../commands/give-up.js';
import type { TaskEvent, TaskEventType } from '../events/task/task-events.js';
import type { Task, TaskState } from '../events/task/task-state.js';

/** Something to be done about a task. `notBefore` (ISO 8601) is when; at once when it is absent. */
export type Due = GivenUp & { readonly notBefore?: string };

/** One attempt that a process manager wants made. */
export interface Attempt<Next extends Due> {
  readonly taskId: string;
  readonly next: Next;
  readonly context: CommandContext;
  /** Fires when the effect is to be stopped: the task is overtaken, or the process is going down. */
  readonly stop: AbortSignal;
}

/** A kind of work that follows from what happens to tasks: whom its messages wake, what they ask for, and how that is done. */
export interface Process<Next extends Due> {
  /** For readiness. */
  readonly name: string;
  /**
   * The persistent subscription's name. Its filter cannot be changed: a process that is woken by other types of events needs a
   * new name, and then sees all events again, to which the decider answers with nothing.
   */
  readonly group: string;
  /** The types of events that wake it: the others never change what is to be done. */
  readonly types: readonly TaskEventType[];
  /** Messages that may be held at a time, waiting, running or backing off. */
  readonly bufferSize: number;
  /** The longest that a message's work and its wait for the next attempt may take, in milliseconds. */
  readonly longestMs: number;
  /** What is to be done after the event for a task in this state, or a later one; null when nothing is (any more). Pure. */
  due(state: TaskState, event: TaskEvent): Next | null;
  /** Whether the attempt's start is still to be appended: on a fold that is out of date that is refused. */
  startIsAppended(next: Next, task: Task): boolean;
  /** Whether the task waits for room in its workspace, and nothing is begun: then that is stored. */
  isKeptWaiting(task: Task, context: CommandContext): Promise<boolean>;
  /** Runs the effect when there is room. Resolves or rejects as it does; rejects with the signal's reason when stopped before. */
  turn(task: Task, next: Next, stop: AbortSignal, effect: () => Promise<void>): Promise<void>;
  /**
   * Makes the attempt. Resolves with what was stored of its outcome (or failure), or with null when it is none of our business
   * any more. Rejects with what passes (try again), SupersededError (stopped) or a bug.
   */
  run(attempt: Attempt<Next>): Promise<ExecutedOnTask | null>;
}
