import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ProjectReadsController } from './projects/project-reads.controller.js';
import { TaskReadsController } from './tasks/task-reads.controller.js';

/** What can be read over HTTP of what the projections show. */
@Module({
  imports: [CqrsModule],
  controllers: [TaskReadsController, ProjectReadsController],
})
export class ReadsModule {}
