import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ArchiveTaskHandler } from './archive-task/archive-task.handler.js';
import { CreateSandboxHandler } from './create-sandbox/create-sandbox.handler.js';
import { CreateSessionHandler } from './create-session/create-session.handler.js';
import { CreateTaskHandler } from './create-task/create-task.handler.js';
import { DestroySandboxHandler } from './destroy-sandbox/destroy-sandbox.handler.js';
import { EnsureAgentHandler } from './ensure-agent/ensure-agent.handler.js';
import { BranchReservations } from './ensure-name/branch-reservations.js';
import { EnsureNameHandler } from './ensure-name/ensure-name.handler.js';
import { GiveUpHandler } from './give-up/give-up.handler.js';
import { KillTaskHandler } from './kill-task/kill-task.handler.js';
import { OpenSessionHandler } from './open-session/open-session.handler.js';
import { ReleaseSandboxHandler } from './release-sandbox/release-sandbox.handler.js';
import { ReportDeadSessionHandler } from './report-dead-session/report-dead-session.handler.js';
import { RequestSessionHandler } from './request-session/request-session.handler.js';
import { RetryTaskHandler } from './retry-task/retry-task.handler.js';
import { InFlight } from './stage/in-flight.js';
import { StageRunner } from './stage/stage-runner.js';
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
