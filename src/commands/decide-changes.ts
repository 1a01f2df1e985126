import { isDeepStrictEqual } from 'node:util';
import type { ChangesFold, ObservedChanges } from '../events/task/changes.js';
import type { TaskEvent } from '../events/task/task-events.js';
import type { Task } from '../events/task/task-state.js';
import { CommandRefusedError } from './command-refused.js';
import type { TaskCommand } from './task-commands.js';

/* What is seen of a task's changes. A part of the decider, as pure as the rest. */

export function refreshChanges(task: Task, at: string): TaskEvent[] {
  if (task.status === 'killing' || task.status === 'killed') {
    throw new CommandRefusedError(
      'checkout_gone',
      `The task is ${task.status}, and its checkout goes with it; what was last seen of its changes stays.`,
    );
  }
  if (task.sandboxId === null) {
    throw new CommandRefusedError(
      'no_checkout_yet',
      'The task has no checkout yet, so that nothing can be changed in it. Ask again when its sandbox is there.',
    );
  }
  return task.changesAsked ? [] : [{ type: 'ChangesRefreshRequested', data: { at } }];
}

/** Told when something is another than before, and to whoever asked. */
export function noteChanges(task: Task, seen: ObservedChanges, at: string): TaskEvent[] {
  if (isGoing(task)) return [];
  const isNew =
    task.changes === null ||
    task.changesProblem !== null ||
    !isDeepStrictEqual(meaning(task.changes), meaningOf(seen));
  return isNew || task.changesAsked ? [{ type: 'ChangesObserved', data: { ...seen, at } }] : [];
}

export function noteChangesProblem(
  task: Task,
  { code, reason, at }: Extract<TaskCommand, { type: 'NoteChangesProblem' }>,
): TaskEvent[] {
  if (isGoing(task)) return [];
  const { changesProblem: known } = task;
  const isNew = known?.code !== code || known.reason !== reason;
  return isNew || task.changesAsked ? [{ type: 'ChangesNotObserved', data: { code, reason, at } }] : [];
}

/** Its checkout is on its way out, or gone: what is seen of that says nothing of the work. */
const isGoing = ({ status, error }: Task): boolean =>
  status === 'killing' || status === 'killed' || error?.stage === 'destroy_sandbox';

const meaning = ({ at: _, ...changes }: ChangesFold) => changes;
const meaningOf = ({ files: _, left, ...seen }: ObservedChanges) => ({ ...seen, leftOut: left.length });
