import { nextSleepStep } from '../../events/task/lifecycle.js';
import { activityOfTask, toTaskRecord, type TaskRecord } from '../../events/task/task-record.js';
import type { TaskEvent } from '../../events/task/task-events.js';
import type { SessionFold, Task, TaskState, VersionedTask } from '../../events/task/task-state.js';
import { REWRITTEN, type TaskProjection } from './projection.js';

/**
 * One row a task: the fold without long texts (`state`), from which the projector goes on folding and records are
 * made, and beside it what lists filter and sort by. It is written anew with every event.
 */
export const tasksProjection: TaskProjection = {
  name: 'tasks',
  version: 17,
  tables: [
    {
      name: 'tasks',
      columns: {
        task_id: { type: 'uuid' },
        workspace_id: { type: 'text' },
        project_id: { type: 'text' },
        status: { type: 'text' },
        title: { type: 'text', nullable: true },
        branch_name: { type: 'text', nullable: true },
        /** The position of TaskCreated: what lists are sorted by. */
        created_position: { type: 'bigint', merge: 'keep' },
        position: { type: 'bigint' },
        revision: { type: 'bigint' },
        created_at: { type: 'timestamptz' },
        updated_at: { type: 'timestamptz' },
        activity: { type: 'text', nullable: true },
        needs_you: { type: 'boolean' },
        /** How its pull request is: who looks after those that are open reads this alone. */
        pull_request: { type: 'text', nullable: true },
        /** `has` room among the live tasks of its workspace, `waiting` for it, or null: it needs none (yet, or any more). */
        room: { type: 'text', nullable: true },
        /** Where it stands among those that wait: the position of what came before it began to. */
        queue_position: { type: 'bigint', nullable: true, merge: 'unless-null' },
        /** Sessions that are not over. */
        open_sessions: { type: 'integer' },
        /** Prompts that wait for their agents. */
        queued_prompts: { type: 'integer' },
        /** When something is to be done about its sandbox's deadline: a warning, or its stop. */
        sleep_step: { type: 'timestamptz', nullable: true },
        state: { type: 'jsonb' },
      },
      key: ['task_id'],
      indexes: [
        'workspace_id, created_position',
        'project_id, created_position',
        'workspace_id, position',
        'workspace_id, room, queue_position',
        'sleep_step',
      ],
      storage: REWRITTEN,
    },
  ],
  project({ before, after: { state, revision, position }, event }) {
    if (state === null) return [];
    const { activity, needsYou } = activityOfTask(state);
    return [
      {
        table: 'tasks',
        row: {
          task_id: state.taskId,
          workspace_id: state.workspaceId,
          project_id: state.projectId,
          status: state.status,
          title: state.title,
          branch_name: state.branchName,
          created_position: position.toString(),
          position: position.toString(),
          revision: revision.toString(),
          created_at: state.createdAt,
          updated_at: state.updatedAt,
          activity,
          needs_you: needsYou,
          pull_request: state.pullRequest?.state ?? null,
          room: roomOf(state),
          queue_position: begunToWait(before.state, event) ? before.position.toString() : null,
          open_sessions: state.sessions.filter(isOpen).length,
          queued_prompts: state.sessions
            .filter(isOpen)
            .reduce((sum, { summary }) => sum + (summary?.queuedPrompts ?? 0), 0),
          sleep_step: nextSleepStep(state),
          state,
        },
      },
    ];
  },
};

function roomOf({ admitted, queued }: Task): 'has' | 'waiting' | null {
  if (queued !== null) return 'waiting';
  return admitted ? 'has' : null;
}

const begunToWait = (before: TaskState, event: TaskEvent | null): boolean =>
  event?.type === 'TaskQueued' && before?.queued === null;

const isOpen = ({ state }: SessionFold): boolean => state !== 'ended' && state !== 'error';

/** So much of a prompt is kept in the rows of tasks, and shown in lists and live updates, in UTF-16 units. */
const EXCERPT = 300;
const HIGH_SURROGATE = /[\uD800-\uDBFF]$/;

/** A task as rows keep it: rewritten with every event, so without what is long. */
interface ShortTask extends Task {
  /** There where `task` is the beginning of the prompt only; all of it is in the history. */
  readonly taskTruncated?: true;
}

/** The fold without long texts. What is short already stays as it is. */
export function shortened(state: TaskState): ShortTask | null {
  if (state === null) return null;
  if (state.erased) {
    const { taskTruncated: _, ...rest } = state as ShortTask;
    return { ...rest, sessions: rest.sessions.map((session) => ({ ...session, prompt: '' })) };
  }
  const isLong = state.task.length > EXCERPT;
  const hasPrompts = state.sessions.some(({ prompt }) => prompt !== '');
  const hasWishes = state.actions.some(({ push, pullRequest }) => push.message ?? pullRequest?.body);
  if (!isLong && !hasPrompts && !hasWishes) return state;
  return {
    ...state,
    ...(isLong && { task: excerpt(state.task), taskTruncated: true }),
    sessions: state.sessions.map((session) => ({ ...session, prompt: '' })),
    actions: state.actions.map((action) => ({
      ...action,
      push: { ...action.push, message: null },
      pullRequest: action.pullRequest && { ...action.pullRequest, body: null },
    })),
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
