import { Module } from '@nestjs/common';
import { CommandsModule } from '../commands/commands.module.js';
import { OrphanMetric } from './audit/orphan-metric.js';
import { ProcessManager } from './process-manager.js';
import { SessionHost } from './sessions/session-host.js';
import { SessionWatch } from './session-watch.js';
import { BranchReservations } from './stages/branch-reservations.js';
import { StageRunner } from './stages/stage-runner.js';

@Module({
  imports: [CommandsModule],
  providers: [ProcessManager, StageRunner, BranchReservations, SessionHost, OrphanMetric, SessionWatch],
  exports: [ProcessManager],
})
export class SagaModule {}
