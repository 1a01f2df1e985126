import { activityOfTask } from '../../events/task/task-record.js';
import { REWRITTEN, type TaskProjection } from './projection.js';

/**
 * One row a task: the fold without long texts (`state`), from which the projector goes on folding and records are
 * made, and beside it what lists filter and sort by. It is written anew with every event.
 */
export const tasksProjection: TaskProjection = {
  name: 'tasks',
  version: 8,
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
        state: { type: 'jsonb' },
      },
      key: ['task_id'],
      indexes: ['workspace_id, created_position', 'project_id, created_position', 'workspace_id, position'],
      storage: REWRITTEN,
    },
  ],
  project({ after: { state, revision, position } }) {
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
          state,
        },
      },
    ];
  },
};
