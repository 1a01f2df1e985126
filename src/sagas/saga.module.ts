import { Module } from '@nestjs/common';
import { CommandsModule } from '../commands/commands.module.js';
import { OrphanMetric } from './orphan-metric.js';
import { SagaRunner } from './saga-runner.js';
import { SessionWatch } from './session-watch.js';

@Module({
  imports: [CommandsModule],
  providers: [SagaRunner, OrphanMetric, SessionWatch],
  exports: [SagaRunner],
})
export class SagaModule {}
