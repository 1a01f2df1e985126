import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { InFlight } from '../platform/in-flight.js';
import { AskSessionHandler } from './ask-session.js';
import { ArchiveTaskHandler } from './archive-task.js';
import { CreateTaskHandler } from './create-task.js';
import { GiveUpHandler } from './give-up.js';
import { KillTaskHandler } from './kill-task.js';
import { ReportDeadSessionHandler } from './report-dead-session.js';
import { RequestSessionHandler } from './request-session.js';
import { ResumeTaskHandler } from './resume-task.js';
import { RetryTaskHandler } from './retry-task.js';
import { SessionExecutor } from './session-executor.js';
import { TaskExecutor } from './task-executor.js';

const HANDLERS = [
  CreateTaskHandler,
  RetryTaskHandler,
  ArchiveTaskHandler,
  ResumeTaskHandler,
  AskSessionHandler,
  GiveUpHandler,
  KillTaskHandler,
  RequestSessionHandler,
  ReportDeadSessionHandler,
];

/** What can be asked for, on the command bus. */
@Module({
  imports: [CqrsModule],
  providers: [TaskExecutor, SessionExecutor, InFlight, ...HANDLERS],
  exports: [CqrsModule, InFlight, TaskExecutor, SessionExecutor],
})
export class CommandsModule {}
