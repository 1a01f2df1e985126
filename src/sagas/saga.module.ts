import { Module } from '@nestjs/common';
import { CommandsModule } from '../commands/commands.module.js';
import { OrphanMetric } from './orphan-metric.js';
import { SagaRunner } from './saga-runner.js';

@Module({ imports: [CommandsModule], providers: [SagaRunner, OrphanMetric], exports: [SagaRunner] })
export class SagaModule {}
