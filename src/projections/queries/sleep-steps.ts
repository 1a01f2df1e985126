import { Inject, Injectable } from '@nestjs/common';
import { RowsDatabase } from '../database/rows-database.js';

/** A task for whose sandbox's deadline something is to be done, and when. */
export interface SleepStep {
  readonly taskId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** When sandboxes are to be warned of, or stopped, from the rows. */
@Injectable()
export class SleepSteps {
  constructor(@Inject(RowsDatabase) private readonly database: RowsDatabase) {}

  /** The next of them, at most so many, the earliest first. Throws RowsUnavailableError. */
  async next(most: number): Promise<SleepStep[]> {
    const rows = await this.database.read((manager) =>
      manager.query<{ task_id: string; sleep_step: Date }[]>(
        'SELECT task_id, sleep_step FROM tasks WHERE sleep_step IS NOT NULL ORDER BY sleep_step LIMIT $1',
        [most],
      ),
    );
    return rows.map(({ task_id: taskId, sleep_step: at }) => ({ taskId, at: new Date(at).getTime() }));
  }
}
