import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { TaskRow, recordOf } from '../database/entities/task.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import { searchable } from '../definitions/search.projection.js';
import type { ListTasksDto, TaskPageDto } from '../../http/tasks/list-tasks.dto.js';
import { decodeCursor, pageOf } from './page-cursor.js';
import { ReadYourWrites } from './read-your-writes.js';

const FOUND =
  't.taskId IN (SELECT s.task_id FROM task_search s WHERE s.workspace_id = :workspaceId AND s.text LIKE :text)';

/** A page of a workspace's tasks, newest first. */
export class ListTasks extends Query<TaskPageDto> {
  constructor(readonly filter: ListTasksDto) {
    super();
  }
}

@QueryHandler(ListTasks)
export class ListTasksHandler implements IQueryHandler<ListTasks> {
  constructor(
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(ReadYourWrites) private readonly readYourWrites: ReadYourWrites,
  ) {}

  async execute({ filter }: ListTasks): Promise<TaskPageDto> {
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
