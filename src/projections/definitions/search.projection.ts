import { searchable } from '../../platform/searchable.js';
import type { Task } from '../../events/task/task-state.js';
import { REWRITTEN, type TaskProjection } from './projection.js';

/** What a task is found by: a field a line. The prompt is in the fold with its beginning only. */
const textOf = ({ taskId, title, branchName, repoRemote, task }: Task): string =>
  searchable([taskId, title ?? '', branchName ?? '', repoRemote, task].join('\n'));

/**
 * One narrow row a task, written when it is created and named, and not with each step as the task's own row is: so
 * little that to look through all of a workspace is quick, without an extension of PostgreSQL's for it.
 */
export const searchProjection: TaskProjection = {
  name: 'search',
  version: 1,
  tables: [
    {
      name: 'task_search',
      columns: {
        task_id: { type: 'uuid' },
        workspace_id: { type: 'text' },
        position: { type: 'bigint' },
        text: { type: 'text' },
      },
      key: ['task_id'],
      indexes: ['workspace_id'],
      storage: REWRITTEN,
    },
  ],
  project({ before, after: { state, position }, event }) {
    if (state === null) return [];
    const was = before.state;
    const isErased = event?.type === 'TaskErased';
    if (!isErased && was !== null && was.title === state.title && was.branchName === state.branchName)
      return [];
    return [
      {
        table: 'task_search',
        row: {
          task_id: state.taskId,
          workspace_id: state.workspaceId,
          position: position.toString(),
          text: textOf(state),
        },
      },
    ];
  },
};
