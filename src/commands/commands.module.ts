import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ArchiveTaskHandler } from './archive-task.js';
import { CreateSandboxHandler } from '../sagas/stages/create-sandbox.js';
import { CreateSessionHandler } from '../sagas/stages/create-session.js';
import { CreateTaskHandler } from './create-task.js';
import { DestroySandboxHandler } from '../sagas/stages/destroy-sandbox.js';
import { EnsureAgentHandler } from '../sagas/stages/ensure-agent.js';
import { BranchReservations } from '../sagas/stages/branch-reservations.js';
import { EnsureNameHandler } from '../sagas/stages/ensure-name.js';
import { GiveUpHandler } from './give-up.js';
import { KillTaskHandler } from './kill-task.js';
import { OpenSessionHandler } from '../sagas/stages/open-session.js';
import { ReleaseSandboxHandler } from '../sagas/stages/release-sandbox.js';
import { ReportDeadSessionHandler } from './report-dead-session.js';
import { RequestSessionHandler } from './request-session.js';
import { RetryTaskHandler } from './retry-task.js';
import { InFlight } from '../platform/in-flight.js';
import { StageRunner } from '../sagas/stages/stage-runner.js';
import { TaskExecutor } from './task-executor.js';

const HANDLERS = [
  CreateTaskHandler,
  RetryTaskHandler,
  ArchiveTaskHandler,
  GiveUpHandler,
  KillTaskHandler,
  RequestSessionHandler,
  ReportDeadSessionHandler,
  EnsureNameHandler,
  CreateSandboxHandler,
  EnsureAgentHandler,
  CreateSessionHandler,
  OpenSessionHandler,
  ReleaseSandboxHandler,
  DestroySandboxHandler,
];

@Module({
  imports: [CqrsModule],
  providers: [TaskExecutor, InFlight, StageRunner, BranchReservations, ...HANDLERS],
  exports: [CqrsModule, InFlight],
})
export class CommandsModule {}
