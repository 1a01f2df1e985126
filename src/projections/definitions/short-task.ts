import { toTaskRecord, type TaskRecord } from '../../events/task/task-record.js';
import type { Task, TaskState, VersionedTask } from '../../events/task/task-state.js';

/** So much of a prompt is kept in the rows of tasks, and shown in lists and live updates, in UTF-16 units. */
const EXCERPT = 300;
const HIGH_SURROGATE = /[\uD800-\uDBFF]$/;

/** A task as rows keep it: rewritten with every event, so without what is long. */
export interface ShortTask extends Task {
  /** There where `task` is the beginning of the prompt only; all of it is in the history. */
  readonly taskTruncated?: true;
}

/** The fold without long texts. What is short already stays as it is. */
export function shortened(state: TaskState): ShortTask | null {
  if (state === null) return null;
  const isLong = state.task.length > EXCERPT;
  const hasPrompts = state.sessions.some(({ prompt }) => prompt !== '');
  if (!isLong && !hasPrompts) return state;
  return {
    ...state,
    ...(isLong && { task: excerpt(state.task), taskTruncated: true }),
    sessions: state.sessions.map((session) => ({ ...session, prompt: '' })),
  };
}

/** The record for lists and live updates, or null when there is no task. */
export function toShortRecord(fold: VersionedTask): TaskRecord | null {
  const state = shortened(fold.state);
  const record = toTaskRecord({ ...fold, state });
  if (record === null || !state?.taskTruncated) return record;
  return { ...record, taskTruncated: true };
}

/** Never half a character. */
const excerpt = (text: string): string => text.slice(0, EXCERPT).replace(HIGH_SURROGATE, '');
