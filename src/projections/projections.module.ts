import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Readiness } from '../platform/readiness.js';
import { RowsDatabase } from './database/rows-database.js';
import { Feed } from './feed/feed.js';
import { HistoryTail } from './feed/history-tail.js';
import { CurrentRecords } from './live/current-records.js';
import { LiveGateway } from './live/live.gateway.js';
import { Topics } from './live/topics.js';
import { SessionTopics } from './transcript/session-topics.js';
import { Projections } from './projections.js';
import { ProjectionVersions } from './projector/projection-versions.js';
import { Projector } from './projector/projector.js';
import { GetTaskAtHandler } from './queries/get-task-at.js';
import { GetTaskHandler } from './queries/get-task.js';
import { ListHistoryHandler } from './queries/list-history.js';
import { ListProjectsHandler } from './queries/list-projects.js';
import { ListTasksHandler } from './queries/list-tasks.js';
import { ListTranscriptHandler } from './queries/list-transcript.js';
import { ReadYourWrites } from './queries/read-your-writes.js';
import { StageDurationsHandler } from './queries/stage-durations.js';

/** What is shown: the rows, who writes them, who reads them and who is told of changes. */
@Module({
  imports: [CqrsModule],
  providers: [
    RowsDatabase,
    Feed,
    HistoryTail,
    ProjectionVersions,
    Projector,
    Projections,
    ReadYourWrites,
    GetTaskHandler,
    GetTaskAtHandler,
    ListTasksHandler,
    ListHistoryHandler,
    ListTranscriptHandler,
    ListProjectsHandler,
    StageDurationsHandler,
    CurrentRecords,
    Topics,
    SessionTopics,
    LiveGateway,
  ],
  exports: [Projections, LiveGateway],
})
export class ProjectionsModule implements OnModuleInit {
  constructor(
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(Projections) private readonly projections: Projections,
  ) {}

  onModuleInit(): void {
    this.readiness.register('rows', async () => {
      const { connected, projecting, trouble, checkpoint } = await this.projections.status();
      const detail = connected
        ? (trouble ?? `${projecting}, rows are at position ${checkpoint}`)
        : 'PostgreSQL does not answer';
      return { ok: connected && projecting !== 'down', detail };
    });
  }
}
