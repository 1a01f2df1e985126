import { Inject, Injectable } from '@nestjs/common';
import { Between } from 'typeorm';
import type { TaskRecord } from '../../events/task/task-record.js';
import { TaskRow, recordOf } from '../database/entities/task.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import type { Topic } from './client-frame.js';

const PAGE = 100;
/** A client that has missed changes of more tasks than this begins anew. */
const MOST_MISSED = 5_000;

/** The rows of a topic, by the position of their last change. */
@Injectable()
export class CurrentRecords {
  constructor(@Inject(RowsDatabase) private readonly database: RowsDatabase) {}

  /** The records last changed after one position and up to another, in rising position, a page at most. */
  async page(topic: Topic, after: bigint, upTo: bigint): Promise<{ records: TaskRecord[]; isLast: boolean }> {
    const rows = await this.database.read((manager) =>
      manager.find(TaskRow, {
        where: this.range(topic, after, upTo),
        order: { position: 'ASC' },
        take: PAGE,
      }),
    );
    return { records: rows.map(recordOf), isLast: rows.length < PAGE };
  }

  /** Whether so many tasks have changed between the positions that it is simpler to begin anew. */
  async isTooMany(topic: Topic, after: bigint, upTo: bigint): Promise<boolean> {
    const rows = await this.database.read((manager) =>
      manager.find(TaskRow, {
        select: { taskId: true },
        where: this.range(topic, after, upTo),
        skip: MOST_MISSED,
        take: 1,
      }),
    );
    return rows.length > 0;
  }

  /** Whether a task of the workspace has the session. */
  hasSession(workspaceId: string, sessionId: string): Promise<boolean> {
    return this.database.read((manager) =>
      manager
        .createQueryBuilder(TaskRow, 't')
        .where("t.workspaceId = :workspaceId AND t.state->'sessions' @> :session::jsonb", {
          workspaceId,
          session: JSON.stringify([{ sessionId }]),
        })
        .getExists(),
    );
  }

  private range({ kind, id }: Topic, after: bigint, upTo: bigint) {
    const position = Between((after + 1n).toString(), upTo.toString());
    return kind === 'workspace' ? { workspaceId: id, position } : { taskId: id, position };
  }
}
