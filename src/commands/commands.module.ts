import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { InFlight } from '../platform/in-flight.js';
import { AskSessionHandler } from './ask-session.js';
import { ChangeObserver } from './change-observer.js';
import { ArchiveTaskHandler } from './archive-task.js';
import { ChangeProjectHandler } from './change-project.js';
import { CreateTaskHandler } from './create-task.js';
import { GiveUpHandler } from './give-up.js';
import { EraseTaskHandler, Erasure } from './erase-task.js';
import { KillTaskHandler } from './kill-task.js';
import { DeleteKeptHandler } from './delete-kept.js';
import { NoteTypingHandler } from './note-typing.js';
import { WorkGuard } from './work-guard.js';
import { ObservePullRequestHandler } from './observe-pull-request.js';
import { ProjectSettings } from './project-settings.js';
import { RequestActionHandler } from './request-action.js';
import { RefreshChangesHandler } from './refresh-changes.js';
import { RequestSessionHandler } from './request-session.js';
import { ResumeTaskHandler } from './resume-task.js';
import { RetryTaskHandler } from './retry-task.js';
import { SessionExecutor, TaskExecutor } from './executor.js';

const HANDLERS = [
  CreateTaskHandler,
  RetryTaskHandler,
  ArchiveTaskHandler,
  ResumeTaskHandler,
  AskSessionHandler,
  GiveUpHandler,
  KillTaskHandler,
  RequestSessionHandler,
  RequestActionHandler,
  ObservePullRequestHandler,
  RefreshChangesHandler,
  DeleteKeptHandler,
  EraseTaskHandler,
  ChangeProjectHandler,
  NoteTypingHandler,
];

/** What can be asked for, on the command bus. */
@Module({
  imports: [CqrsModule],
  providers: [
    TaskExecutor,
    SessionExecutor,
    InFlight,
    ChangeObserver,
    WorkGuard,
    Erasure,
    ProjectSettings,
    ...HANDLERS,
  ],
  exports: [CqrsModule, Erasure, InFlight, TaskExecutor, SessionExecutor, ChangeObserver, ProjectSettings],
})
export class CommandsModule {}
