import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { TaskRow, recordOf } from '../database/entities/task.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import type { TaskRecord } from '../../events/task/task-record.js';
import { type Page, type PageOfList, decodeCursor, pageOf } from './page-cursor.js';
import { ReadYourWrites } from './read-your-writes.js';
import { narrowTo, type TaskFilter } from './task-filter.js';

/** A page of a workspace's tasks, newest first. */
export class ListTasks extends Query<Page<TaskRecord>> {
  constructor(readonly filter: TaskFilter & PageOfList) {
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
      const query = narrowTo(manager.createQueryBuilder(TaskRow, 't'), filter)
        .orderBy('t.createdPosition', 'DESC')
        .limit(filter.limit + 1);
      if (before !== undefined) query.andWhere('t.createdPosition < :before', { before });
      return query.getMany();
    });
    const { shown, next } = pageOf(rows, filter.limit);
    return { items: shown.map(recordOf), next };
  }
}
