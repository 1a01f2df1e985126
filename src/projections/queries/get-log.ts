import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { LogPage, LogSource, ReadLog } from '../../platform/sandbox-log.js';
import { READ_LOG } from '../../platform/tokens.js';
import { TaskStreams } from '../../store/aggregate-streams.js';
import { taskNotFound } from './task-not-found.js';

const LOOK_MS = 5_000;

/** What a task's sandbox has put out after a place (0: from the log's beginning). */
export class GetLog extends Query<LogPage> {
  constructor(
    readonly taskId: string,
    readonly source: LogSource,
    readonly after: bigint,
  ) {
    super();
  }
}

/** Answers from the sandbox: nothing of it is stored here. Throws ProviderError. */
@QueryHandler(GetLog)
export class GetLogHandler implements IQueryHandler<GetLog> {
  constructor(
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(READ_LOG) private readonly read: ReadLog,
  ) {}

  async execute({ taskId, source, after }: GetLog): Promise<LogPage> {
    const { state: task } = this.streams.cached(taskId) ?? (await this.streams.shown(taskId));
    if (task === null) throw taskNotFound(taskId);
    const { providerId } = task;
    return this.read({ providerId, taskId, source, after }, AbortSignal.timeout(LOOK_MS));
  }
}
