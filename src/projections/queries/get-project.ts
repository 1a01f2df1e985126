import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ProjectRow } from '../database/entities/project.row.js';
import { TaskRow } from '../database/entities/task.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import { toProjectRecord, type ProjectRecord } from './list-projects.js';

/** A project, or null when there is none (yet). */
export class GetProject extends Query<ProjectRecord | null> {
  constructor(readonly projectId: string) {
    super();
  }
}

@QueryHandler(GetProject)
export class GetProjectHandler implements IQueryHandler<GetProject> {
  constructor(@Inject(RowsDatabase) private readonly database: RowsDatabase) {}

  execute({ projectId }: GetProject): Promise<ProjectRecord | null> {
    return this.database.read(async (manager) => {
      const row = await manager.findOneBy(ProjectRow, { projectId });
      return row && toProjectRecord(row, await manager.countBy(TaskRow, { projectId }));
    });
  }
}
