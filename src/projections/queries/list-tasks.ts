import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { TaskRow, recordOf } from '../database/entities/task.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import { searchable } from '../definitions/search.projection.js';
import type { TaskRecord } from '../../events/task/task-record.js';
import type { Activity } from '../../events/session/session-vocabulary.js';
import type { TaskStatus } from '../../events/task/vocabulary.js';
import { type Page, type PageOfList, decodeCursor, pageOf } from './page-cursor.js';
import { ReadYourWrites } from './read-your-writes.js';

const FOUND =
  't.taskId IN (SELECT s.task_id FROM task_search s WHERE s.workspace_id = :workspaceId AND s.text LIKE :text)';

export interface TaskFilter extends PageOfList {
  readonly workspaceId: string;
  /** One of these; any when absent. */
  readonly status?: readonly TaskStatus[];
  /** One of these; any when absent. */
  readonly activity?: readonly Activity[];
  /** Whether somebody is needed; either way when absent. */
  readonly needsYou?: boolean;
  readonly projectId?: string;
  /** Text in the title, branch, repository, beginning of the prompt or id, in whatever case. */
  readonly q?: string;
}

/** A page of a workspace's tasks, newest first. */
export class ListTasks extends Query<Page<TaskRecord>> {
  constructor(readonly filter: TaskFilter) {
    super();
  }
}

@QueryHandler(ListTasks)
export class ListTasksHandler implements IQueryHandler<ListTasks> {
  constructor(
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(ReadYourWrites) private readonly readYourWrites: ReadYourWrites,
  ) {}

  async execute({ filter }: ListTasks): Promise<Page<TaskRecord>> {
    const before = filter.cursor === undefined ? undefined : decodeCursor(filter.cursor);
    await this.readYourWrites.waitFor(filter.minPosition);
    const rows = await this.database.read((manager) => {
      const query = manager
        .createQueryBuilder(TaskRow, 't')
        .where('t.workspaceId = :workspaceId', filter)
        .orderBy('t.createdPosition', 'DESC')
        .limit(filter.limit + 1);
      if (before !== undefined) query.andWhere('t.createdPosition < :before', { before });
      if (filter.projectId !== undefined) query.andWhere('t.projectId = :projectId', filter);
      if (filter.status !== undefined) query.andWhere('t.status IN (:...status)', filter);
      if (filter.activity !== undefined) query.andWhere('t.activity IN (:...activity)', filter);
      if (filter.needsYou !== undefined) query.andWhere('t.needsYou = :needsYou', filter);
      if (filter.q) {
        const text = `%${searchable(filter.q).replace(/[\\%_]/g, '\\$&')}%`;
        query.andWhere(FOUND, { text });
      }
      return query.getMany();
    });
    const { shown, next } = pageOf(rows, filter.limit);
    return { items: shown.map(recordOf), next };
  }
}
