import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RowsDatabase } from '../database/rows-database.js';

/** So many are told of, those that were killed last first. */
const MOST = 1_000;

/** A project's killed tasks of which work was kept, with where they had their sandboxes. */
export class KeptTasks extends Query<{ taskId: string; providerId: string }[]> {
  constructor(readonly projectId: string) {
    super();
  }
}

@QueryHandler(KeptTasks)
export class KeptTasksHandler implements IQueryHandler<KeptTasks> {
  constructor(@Inject(RowsDatabase) private readonly database: RowsDatabase) {}

  execute({ projectId }: KeptTasks): Promise<{ taskId: string; providerId: string }[]> {
    return this.database.read((manager) =>
      manager.query(
        `SELECT task_id AS "taskId", state->>'providerId' AS "providerId" FROM tasks
         WHERE project_id = $1 AND status = 'killed' AND (state->'kept'->>'count')::int > 0
         ORDER BY created_position DESC LIMIT $2`,
        [projectId, MOST],
      ),
    );
  }
}
