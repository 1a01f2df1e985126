import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge, register } from 'prom-client';
import { TASK_STATUSES } from '../events/task/vocabulary.js';
import { TaskRow } from './database/entities/task.row.js';
import { RowsDatabase } from './database/rows-database.js';

const NAME = 'slipway_tasks';
/** However often the metrics are asked for, the rows are counted no more often than this, in milliseconds. */
const AGE_MS = 10_000;
/** A database that needs longer has better things to do. */
const LIMIT_MS = 2_000;

/** Counts the tasks by status for whoever watches the service. While the rows are away it goes on to tell what it knew. */
@Injectable()
export class TaskCounts implements OnModuleInit {
  private counted = -Infinity;

  constructor(@Inject(RowsDatabase) private readonly database: RowsDatabase) {}

  onModuleInit(): void {
    // A process has one of a name, however many applications a test makes in it.
    register.removeSingleMetric(NAME);
    const gauge: Gauge<'status'> = new Gauge({
      name: NAME,
      help: 'Tasks by status, as the rows have them; the same from every replica',
      labelNames: ['status'],
      collect: () => this.count(gauge),
    });
  }

  private async count(gauge: Gauge<'status'>): Promise<void> {
    if (performance.now() - this.counted < AGE_MS) return;
    this.counted = performance.now();
    const rows = await this.database
      .read(
        (manager) =>
          manager
            .createQueryBuilder(TaskRow, 't')
            .select('t.status', 'status')
            .addSelect('count(*)::int', 'count')
            .groupBy('t.status')
            .getRawMany<{ status: string; count: number }>(),
        LIMIT_MS,
      )
      .catch(() => null);
    if (rows === null) return;
    const countOf = new Map(rows.map(({ status, count }) => [status, count]));
    for (const status of TASK_STATUSES) gauge.set({ status }, countOf.get(status) ?? 0);
  }
}
