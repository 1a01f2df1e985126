import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import type { EntityManager } from 'typeorm';
import { EventStoreUnavailableError } from '../../store/event-store.js';
import { TaskStreams } from '../../store/aggregate-streams.js';
import { toTaskRecord, type TaskRecord } from '../../events/task/task-record.js';
import { LOGGER } from '../../platform/tokens.js';
import { HistoryRow } from '../database/entities/history.row.js';
import { TaskRow, recordOf } from '../database/entities/task.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import { ReadYourWrites } from './read-your-writes.js';
import { taskNotFound } from './task-not-found.js';

/** A row that takes longer is not waited for: PostgreSQL is away without saying so. */
const ROW_LIMIT_MS = 1_000;
/** A fold in memory for which there is no row may be out of date after so long: another replica does the work. */
const FRESH_MS = 1_000;

/** The record of a task as it is now, at least as of `minPosition`. */
export class GetTask extends Query<TaskRecord> {
  constructor(
    readonly taskId: string,
    readonly minPosition?: string,
  ) {
    super();
  }
}

/**
 * Answers with the newest of what is at hand: the fold in memory or the row. Where there is neither (the
 * row is not written yet, PostgreSQL is away, another replica created the task) the stream is read: what
 * was accepted is never 404.
 */
@QueryHandler(GetTask)
export class GetTaskHandler implements IQueryHandler<GetTask> {
  constructor(
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(ReadYourWrites) private readonly readYourWrites: ReadYourWrites,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async execute({ taskId, minPosition }: GetTask): Promise<TaskRecord> {
    const least = BigInt(minPosition ?? 0);
    const memory = this.fromMemory(taskId);
    const row = await this.fromRow(taskId, memory?.task);
    const known = newest(memory, row);
    const isCurrent = known !== null && (row !== null || Date.now() - Date.parse(known.updatedAt) < FRESH_MS);
    if (isCurrent && BigInt(known.position) >= least) return known;
    const record = newest(known, await this.fromStream(taskId, known));
    if (record === null) throw taskNotFound(taskId);
    // The stream's end is as new as can be; a position beyond it is another stream's, and the rows know it or not.
    if (BigInt(record.position) < least) await this.readYourWrites.waitFor(minPosition);
    return record;
  }

  private fromMemory(taskId: string): TaskRecord | null {
    const cached = this.streams.cached(taskId);
    return cached === undefined ? null : toTaskRecord(cached);
  }

  /** The row's record, with all of the prompt, which is in the history if it is not known already. */
  private async fromRow(taskId: string, prompt: string | undefined): Promise<TaskRecord | null> {
    try {
      return await this.database.read(async (manager) => {
        const row = await manager.findOneBy(TaskRow, { taskId });
        if (row === null) return null;
        const { taskTruncated, ...record } = recordOf(row);
        if (!taskTruncated) return record;
        const task = prompt ?? (await promptOf(row, manager));
        return task === undefined ? null : { ...record, task };
      }, ROW_LIMIT_MS);
    } catch (error) {
      this.log.debug({ err: error, taskId }, 'the row cannot be read; the stream is');
      return null;
    }
  }

  /** A stream that cannot be read to its end does not hide what is known of its beginning. */
  private async fromStream(taskId: string, known: TaskRecord | null): Promise<TaskRecord | null> {
    try {
      return toTaskRecord(await this.streams.shown(taskId));
    } catch (error) {
      if (known !== null && error instanceof EventStoreUnavailableError) return known;
      throw error;
    }
  }
}

async function promptOf(row: TaskRow, manager: EntityManager): Promise<string | undefined> {
  const created = await manager.findOneBy(HistoryRow, { position: row.createdPosition });
  return created?.type === 'TaskCreated' ? (created.data.task as string) : undefined;
}

function newest(a: TaskRecord | null, b: TaskRecord | null): TaskRecord | null {
  if (a === null || b === null) return a ?? b;
  return BigInt(a.position) >= BigInt(b.position) ? a : b;
}
