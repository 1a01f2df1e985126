import type { TaskProjection } from './projection.js';

/** One row a project: a repository in a workspace, with its first and last activity. */
export const projectsProjection: TaskProjection = {
  name: 'projects',
  version: 2,
  tables: [
    {
      name: 'projects',
      columns: {
        project_id: { type: 'text' },
        workspace_id: { type: 'text' },
        repo_remote: { type: 'text' },
        created_position: { type: 'bigint', merge: 'keep' },
        position: { type: 'bigint' },
        created_at: { type: 'timestamptz', merge: 'keep' },
        last_activity_at: { type: 'timestamptz' },
      },
      key: ['project_id'],
      indexes: ['workspace_id, created_position'],
    },
  ],
  project({ after: { state, position } }) {
    if (state === null) return [];
    return [
      {
        table: 'projects',
        row: {
          project_id: state.projectId,
          workspace_id: state.workspaceId,
          repo_remote: state.repoRemote,
          created_position: position.toString(),
          position: position.toString(),
          created_at: state.updatedAt,
          last_activity_at: state.updatedAt,
        },
      },
    ];
  },
};
