import { Module } from '@nestjs/common';
import { CommandsModule } from '../commands/commands.module.js';
import { OrphanMetric } from './audit/orphan-metric.js';
import { ProcessManager } from './process-manager.js';
import { SessionWatch } from './session-watch.js';

@Module({
  imports: [CommandsModule],
  providers: [ProcessManager, OrphanMetric, SessionWatch],
  exports: [ProcessManager],
})
export class SagaModule {}
