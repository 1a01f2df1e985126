import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ProjectRow } from '../database/entities/project.row.js';
import { TaskRow } from '../database/entities/task.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import { type Page, type PageOfList, decodeCursor, pageOf } from './page-cursor.js';
import { ReadYourWrites } from './read-your-writes.js';

export interface ProjectFilter extends PageOfList {
  readonly workspaceId: string;
}

/** A project as the API shows it; times are ISO 8601. */
export interface ProjectRecord {
  readonly projectId: string;
  readonly workspaceId: string;
  readonly repoRemote: string;
  readonly taskCount: number;
  readonly createdAt: string;
  readonly lastActivityAt: string;
}

/** A page of a workspace's projects, newest first. */
export class ListProjects extends Query<Page<ProjectRecord>> {
  constructor(readonly filter: ProjectFilter) {
    super();
  }
}

@QueryHandler(ListProjects)
export class ListProjectsHandler implements IQueryHandler<ListProjects> {
  constructor(
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(ReadYourWrites) private readonly readYourWrites: ReadYourWrites,
  ) {}

  async execute({ filter }: ListProjects): Promise<Page<ProjectRecord>> {
    const before = filter.cursor === undefined ? undefined : decodeCursor(filter.cursor);
    await this.readYourWrites.waitFor(filter.minPosition);
    return this.database.read(async (manager) => {
      const query = manager
        .createQueryBuilder(ProjectRow, 'p')
        .where('p.workspaceId = :workspaceId', filter)
        .orderBy('p.createdPosition', 'DESC')
        .limit(filter.limit + 1);
      if (before !== undefined) query.andWhere('p.createdPosition < :before', { before });
      const { shown, next } = pageOf(await query.getMany(), filter.limit);
      // Counted rather than kept: a count in a row would have to be exact through every repetition.
      const counts = await manager
        .createQueryBuilder(TaskRow, 't')
        .select('t.projectId', 'projectId')
        .addSelect('count(*)::int', 'taskCount')
        .where('t.projectId = ANY(:ids)', { ids: shown.map(({ projectId }) => projectId) })
        .groupBy('t.projectId')
        .getRawMany<{ projectId: string; taskCount: number }>();
      const countOf = new Map(counts.map(({ projectId, taskCount }) => [projectId, taskCount]));
      const items = shown.map((row) => toProjectRecord(row, countOf.get(row.projectId) ?? 0));
      return { items, next };
    });
  }
}

/** The record of a row. */
export const toProjectRecord = (
  { createdPosition: _, position: __, createdAt, lastActivityAt, ...project }: ProjectRow,
  taskCount: number,
): ProjectRecord => ({
  ...project,
  taskCount,
  createdAt: createdAt.toISOString(),
  lastActivityAt: lastActivityAt.toISOString(),
});
