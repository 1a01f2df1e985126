import { Module } from '@nestjs/common';
import { CommandsModule } from '../commands/commands.module.js';
import type { Settings } from '../platform/settings/settings.js';
import { SETTINGS } from '../platform/tokens.js';
import { ActionRunner } from './actions/action-runner.js';
import { deliveries } from './actions/deliveries.js';
import { OrphanMetric } from './audit/orphan-metric.js';
import { ChangeWatch } from './change-watch.js';
import { Erasures } from './erasures.js';
import { PROCESSES, ProcessManager } from './process-manager.js';
import { provisioning } from './provisioning.js';
import { Room } from './room.js';
import { SessionHost } from './sessions/session-host.js';
import { BranchReservations } from './stages/branch-reservations.js';
import { SessionEnds } from './stages/session-ends.js';
import { StageRunner } from './stages/stage-runner.js';

@Module({
  imports: [CommandsModule],
  providers: [
    {
      provide: PROCESSES,
      inject: [StageRunner, Room, ActionRunner, SETTINGS],
      useFactory: (stages: StageRunner, room: Room, actions: ActionRunner, settings: Settings) => [
        provisioning(stages, room, settings),
        deliveries(actions, settings),
      ],
    },
    ProcessManager,
    StageRunner,
    Room,
    BranchReservations,
    SessionEnds,
    SessionHost,
    ChangeWatch,
    Erasures,
    OrphanMetric,
    ActionRunner,
  ],
  exports: [ProcessManager],
})
export class SagaModule {}
