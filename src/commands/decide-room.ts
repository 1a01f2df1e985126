import type { TaskEvent } from '../events/task/task-events.js';
import type { Task } from '../events/task/task-state.js';
import { isProvisioning } from '../events/task/vocabulary.js';
import type { TaskCommand } from './task-commands.js';

/* Waiting for room in the workspace: a part of the decider, as pure as the rest. */

/** Whether the task has to have room before what is due begins. */
export const needsRoom = ({ admitted, queued, stage, started, status }: Task): boolean =>
  !admitted && queued === null && stage !== null && isProvisioning(stage) && !started && status !== 'error';

/** Told once, and once more when it is known what for. */
export function queueTask(
  { for: waitsFor, limit, at }: Extract<TaskCommand, { type: 'QueueTask' }>,
  task: Task,
): TaskEvent[] {
  const isNews =
    waitsFor !== undefined && task.queued !== null && task.queued.for === null && task.status !== 'error';
  return needsRoom(task) || isNews ? [{ type: 'TaskQueued', data: { for: waitsFor, limit, at } }] : [];
}

/** `RetryRequested` is what wakes the saga, whose group takes no further types of events. */
export function admitTask({ queued, stage }: Task, at: string): TaskEvent[] {
  return queued === null || stage === null ? [] : [{ type: 'RetryRequested', data: { stage, at } }];
}
