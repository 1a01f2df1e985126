import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { systemClock } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import type { ShowRecord } from '../events/task/task-record.js';
import { SessionDeltas } from '../platform/session-deltas.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { CLOCK, DATABASE_URL, LOGGER, RANDOM, SETTINGS, SHOW_RECORD } from '../platform/tokens.js';

/** What the process was given at boot, for everybody. */
export interface Platform {
  readonly settings: Settings;
  readonly log: Logger;
  readonly databaseUrl: string;
  readonly providers: ProviderRegistry;
}

@Global()
@Module({})
export class PlatformModule {
  static forRoot({ settings, log, databaseUrl, providers }: Platform): DynamicModule {
    return {
      module: PlatformModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOGGER, useValue: log },
        { provide: DATABASE_URL, useValue: databaseUrl },
        { provide: CLOCK, useValue: systemClock },
        { provide: RANDOM, useValue: Math.random },
        { provide: ProviderRegistry, useValue: providers },
        { provide: SessionDeltas, useValue: new SessionDeltas() },
        { provide: SHOW_RECORD, useValue: ((record) => providers.placed(record)) satisfies ShowRecord },
      ],
      exports: [SETTINGS, LOGGER, DATABASE_URL, CLOCK, RANDOM, ProviderRegistry, SessionDeltas, SHOW_RECORD],
    };
  }
}
