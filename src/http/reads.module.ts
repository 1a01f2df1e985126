import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ProjectReadsController } from './projects/project-reads.controller.js';
import { TranscriptController } from './sessions/transcript.controller.js';
import { TaskReadsController } from './tasks/task-reads.controller.js';

/** What can be read over HTTP of what the projections show. */
@Module({
  imports: [CqrsModule],
  controllers: [TaskReadsController, TranscriptController, ProjectReadsController],
})
export class ReadsModule {}
