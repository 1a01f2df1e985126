import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccessModule } from '../access/access.module.js';
import { Readiness } from '../platform/readiness.js';
import { RowsDatabase } from './database/rows-database.js';
import { Feed } from './feed/feed.js';
import { HistoryTail } from './feed/history-tail.js';
import { CatchUps } from './live/catch-ups.js';
import { CurrentRecords } from './live/current-records.js';
import { LiveGateway } from './live/live.gateway.js';
import { LogTopics } from './live/log-topics.js';
import { Topics } from './live/topics.js';
import { SessionTopics } from './transcript/session-topics.js';
import { TaskCounts } from './task-counts.js';
import { Projections } from './projections.js';
import { ProjectionVersions } from './projector/projection-versions.js';
import { Projector } from './projector/projector.js';
import { CountTasksHandler } from './queries/count-tasks.js';
import { GetChangesHandler } from './queries/get-changes.js';
import { GetLogHandler } from './queries/get-log.js';
import { GetSetupHandler } from './queries/get-setup.js';
import { GetTaskAtHandler } from './queries/get-task-at.js';
import { GetTaskHandler } from './queries/get-task.js';
import { ListHistoryHandler } from './queries/list-history.js';
import { GetProjectHandler } from './queries/get-project.js';
import { ListProjectsHandler } from './queries/list-projects.js';
import { KnownWorkspaces } from './queries/known-workspaces.js';
import { KeptTasksHandler } from './queries/kept-tasks.js';
import { OpenPullRequestsHandler } from './queries/open-pull-requests.js';
import { ListTasksHandler } from './queries/list-tasks.js';
import { ListTranscriptHandler } from './queries/list-transcript.js';
import { ReadYourWrites } from './queries/read-your-writes.js';
import { SleepSteps } from './queries/sleep-steps.js';
import { StageDurationsHandler } from './queries/stage-durations.js';
import { WorkspaceEvents } from './queries/workspace-events.js';
import { WorkspaceRoom } from './queries/workspace-room.js';
import { WorkspaceUsage } from './queries/workspace-usage.js';
import { WorkspaceGauges } from './workspace-gauges.js';

/** What is shown: the rows, who writes them, who reads them and who is told of changes. */
@Module({
  imports: [CqrsModule, AccessModule],
  providers: [
    RowsDatabase,
    Feed,
    HistoryTail,
    ProjectionVersions,
    Projector,
    Projections,
    TaskCounts,
    WorkspaceGauges,
    ReadYourWrites,
    GetTaskHandler,
    GetChangesHandler,
    GetSetupHandler,
    GetLogHandler,
    GetTaskAtHandler,
    ListTasksHandler,
    CountTasksHandler,
    OpenPullRequestsHandler,
    KeptTasksHandler,
    ListHistoryHandler,
    ListTranscriptHandler,
    ListProjectsHandler,
    GetProjectHandler,
    StageDurationsHandler,
    WorkspaceEvents,
    WorkspaceRoom,
    WorkspaceUsage,
    KnownWorkspaces,
    SleepSteps,
    CurrentRecords,
    CatchUps,
    Topics,
    SessionTopics,
    LogTopics,
    LiveGateway,
  ],
  exports: [
    Feed,
    Projector,
    Projections,
    WorkspaceEvents,
    WorkspaceRoom,
    WorkspaceUsage,
    KnownWorkspaces,
    SleepSteps,
  ],
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
