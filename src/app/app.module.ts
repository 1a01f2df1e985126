import { Module, type DynamicModule } from '@nestjs/common';
import { CommandsModule } from '../commands/commands.module.js';
import { TasksController } from '../http/tasks/tasks.controller.js';
import { StoreModule } from '../store/store.module.js';
import type { EventStore } from '../store/event-store.js';
import { ReadsModule } from '../http/reads.module.js';
import { HealthModule } from '../http/health/health.module.js';
import { PlatformModule, type Platform } from './platform.module.js';
import { ProjectionsModule } from '../projections/projections.module.js';
import { SessionsController } from '../http/sessions/sessions.controller.js';
import { SessionMessagesController } from '../http/tasks/session-messages.controller.js';
import { SagaModule } from '../sagas/saga.module.js';

/** The whole service, as far as its roles go. */
@Module({})
export class AppModule {
  static forRoot(platform: Platform, store: EventStore): DynamicModule {
    const { roles } = platform.settings;
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(platform),
        StoreModule.forRoot(store),
        CommandsModule,
        HealthModule,
        ...(roles.has('saga') ? [SagaModule] : []),
        ...(roles.has('api') || roles.has('projector') ? [ProjectionsModule, ReadsModule] : []),
      ],
      controllers: roles.has('api') ? [TasksController, SessionMessagesController, SessionsController] : [],
    };
  }
}
