import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ProjectionsModule } from '../projections/projections.module.js';
import { ProjectReadsController } from './projects/project-reads.controller.js';
import { ProjectsController } from './projects/projects.controller.js';
import { KeptController } from './projects/kept.controller.js';
import { TranscriptController } from './sessions/transcript.controller.js';
import { LogsController } from './tasks/logs.controller.js';
import { SetupController } from './tasks/setup.controller.js';
import { TaskReadsController } from './tasks/task-reads.controller.js';

/** What can be read over HTTP of what the projections show. */
@Module({
  imports: [CqrsModule, ProjectionsModule],
  controllers: [
    SetupController,
    LogsController,
    TaskReadsController,
    TranscriptController,
    ProjectReadsController,
    ProjectsController,
    KeptController,
  ],
})
export class ReadsModule {}
