import { Module, type DynamicModule } from '@nestjs/common';
import { CommandsModule } from '../commands/commands.module.js';
import { ProvidersController } from '../http/providers/providers.controller.js';
import { TasksController } from '../http/tasks/tasks.controller.js';
import { StoreModule } from '../store/store.module.js';
import type { EventStore } from '../store/event-store.js';
import { ReadsModule } from '../http/reads.module.js';
import { HealthModule } from '../http/health/health.module.js';
import { PlatformModule, type Platform } from './platform.module.js';
import { ProjectionsModule } from '../projections/projections.module.js';
import { SessionsController } from '../http/sessions/sessions.controller.js';
import { SessionMessagesController } from '../http/tasks/session-messages.controller.js';
import { ActionsController } from '../http/tasks/actions.controller.js';
import { ChangesController } from '../http/changes/changes.controller.js';
import { CheckoutViews } from '../http/changes/checkout-views.js';
import { AuditController } from '../http/audit/audit.controller.js';
import { CredentialsController } from '../http/workspaces/credentials.controller.js';
import { TerminalGateway } from '../http/looking/terminal.gateway.js';
import { PortGateway } from '../http/looking/port.gateway.js';
import { SandboxDoor } from '../http/looking/sandbox-door.js';
import { TypingNotes } from '../http/looking/typing-notes.js';
import { Admissions } from './admissions.js';
import { Sleeps } from './sleeps.js';
import { PullRequestWatch } from './pull-request-watch.js';
import { DeltaRelay } from '../projections/transcript/delta-relay.js';
import { AccessModule } from '../access/access.module.js';
import { LoginsController } from '../http/access/logins.controller.js';
import { SignInController } from '../http/access/sign-in.controller.js';
import { Allowance } from '../http/workspaces/allowance.js';
import { WebhooksController } from '../http/workspaces/webhooks.controller.js';
import { Deliverer } from '../webhooks/deliverer.js';
import { WebhookDispatch } from '../webhooks/webhook-dispatch.js';
import { WebhookStream } from '../webhooks/webhook-stream.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { WorkspaceListController } from '../http/workspaces/workspace-list.controller.js';
import { WorkspacesController } from '../http/workspaces/workspaces.controller.js';
import { TokensController } from '../http/access/tokens.controller.js';
import { SagaModule } from '../sagas/saga.module.js';

/** The whole service, as far as its roles go. */
@Module({})
export class AppModule {
  static forRoot(platform: Platform, store: EventStore, keysDir: string | null): DynamicModule {
    const { roles } = platform.settings;
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(platform),
        StoreModule.forRoot(store, keysDir),
        CommandsModule,
        AccessModule,
        HealthModule,
        ...(roles.has('saga') ? [SagaModule] : []),
        ...(roles.has('api') || roles.has('projector') ? [ProjectionsModule, ReadsModule] : []),
      ],
      providers: [
        ...(roles.has('api')
          ? [
              Admissions,
              Sleeps,
              CheckoutViews,
              Allowance,
              PullRequestWatch,
              SandboxDoor,
              TypingNotes,
              TerminalGateway,
              PortGateway,
              WebhookStream,
              Deliverer,
              Webhooks,
              WebhookDispatch,
            ]
          : []),
        ...(roles.has('saga') || roles.has('api') ? [DeltaRelay] : []),
      ],
      controllers: roles.has('api')
        ? [
            TasksController,
            ProvidersController,
            SessionMessagesController,
            SessionsController,
            ActionsController,
            ChangesController,
            CredentialsController,
            WebhooksController,
            TokensController,
            LoginsController,
            SignInController,
            WorkspaceListController,
            WorkspacesController,
            AuditController,
          ]
        : [],
    };
  }
}
