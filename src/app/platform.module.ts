import { Global, Module, type DynamicModule } from '@nestjs/common';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { CheckoutSnapshots } from '../repository/checkout-snapshots.js';
import { Git } from '../repository/git.js';
import { systemClock } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import type { ShowRecord } from '../events/task/task-record.js';
import { noLog, type ReadLog } from '../platform/sandbox-log.js';
import { SessionDeltas } from '../platform/session-deltas.js';
import { Credentials } from '../repository/credentials/credentials.js';
import { ProjectEnvs } from '../repository/credentials/project-envs.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { WebhookRows } from '../webhooks/webhook-rows.js';
import { WebhookSecrets } from '../webhooks/webhook-secrets.js';
import { CLOCK, DATABASE_URL, LOGGER, RANDOM, READ_LOG, SETTINGS, SHOW_RECORD } from '../platform/tokens.js';

/** What the process was given at boot, for everybody. */
export interface Platform {
  readonly settings: Settings;
  readonly log: Logger;
  readonly databaseUrl: string;
  readonly providers: ProviderRegistry;
  readonly credentials: Credentials;
  readonly envs: ProjectEnvs;
  readonly webhookSecrets: WebhookSecrets;
  readonly webhookRows: WebhookRows;
}

@Global()
@Module({})
export class PlatformModule {
  static forRoot(platform: Platform): DynamicModule {
    const { settings, log, databaseUrl, providers, credentials, envs } = platform;
    return {
      module: PlatformModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOGGER, useValue: log },
        { provide: DATABASE_URL, useValue: databaseUrl },
        { provide: CLOCK, useValue: systemClock },
        { provide: RANDOM, useValue: Math.random },
        { provide: ProviderRegistry, useValue: providers },
        { provide: Credentials, useValue: credentials },
        { provide: ProjectEnvs, useValue: envs },
        { provide: WebhookSecrets, useValue: platform.webhookSecrets },
        { provide: WebhookRows, useValue: platform.webhookRows },
        { provide: CheckoutSnapshots, useFactory: () => openSnapshots(settings.dataDir) },
        { provide: SessionDeltas, useValue: new SessionDeltas() },
        { provide: SHOW_RECORD, useValue: ((record) => providers.placed(record)) satisfies ShowRecord },
        { provide: READ_LOG, useValue: readsLogs(providers) },
      ],
      exports: [
        SETTINGS,
        LOGGER,
        DATABASE_URL,
        CLOCK,
        RANDOM,
        ProviderRegistry,
        Credentials,
        ProjectEnvs,
        WebhookSecrets,
        WebhookRows,
        CheckoutSnapshots,
        SessionDeltas,
        SHOW_RECORD,
        READ_LOG,
      ],
    };
  }
}

const readsLogs =
  (providers: ProviderRegistry): ReadLog =>
  async ({ providerId, ...spec }, signal) =>
    (await providers.get(providerId).readLog?.(spec, signal)) ?? noLog(spec.after);

/** What looks at checkouts, with a HOME of its own for git: an empty folder. */
function openSnapshots(dataDir: string): CheckoutSnapshots {
  const home = join(dataDir, 'git-home');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  return new CheckoutSnapshots(new Git({ home, locks: false }));
}
