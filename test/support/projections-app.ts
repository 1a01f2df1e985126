import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { SlipwayClient } from '@slipway/client';
import { pino, type Logger } from 'pino';
import { readSettings, type Settings } from '../../src/platform/settings/settings.js';
import type { EventStore } from '../../src/store/event-store.js';
import { noLog, type ReadLog } from '../../src/platform/sandbox-log.js';
import { SessionDeltas } from '../../src/platform/session-deltas.js';
import { ProjectStreams, TaskStreams } from '../../src/store/aggregate-streams.js';
import type { ShowRecord } from '../../src/events/task/task-record.js';
import { ReadsModule } from '../../src/http/reads.module.js';
import { HealthModule } from '../../src/http/health/health.module.js';
import { HTTP_OPTIONS, configureHttp } from '../../src/http/configure.js';
import { Projections, type ProjectionsStatus } from '../../src/projections/projections.js';
import { ProjectionsModule } from '../../src/projections/projections.module.js';
import { systemClock } from '../../src/platform/clock.js';
import {
  CLOCK,
  DATABASE_URL,
  EVENT_STORE,
  LOGGER,
  READ_LOG,
  SETTINGS,
  SHOW_RECORD,
} from '../../src/platform/tokens.js';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { until } from './until.js';

@Global()
@Module({})
class TestPlatformModule {
  static forRoot(settings: Settings, log: Logger, databaseUrl: string, store: EventStore): DynamicModule {
    return {
      module: TestPlatformModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOGGER, useValue: log },
        { provide: DATABASE_URL, useValue: databaseUrl },
        { provide: CLOCK, useValue: systemClock },
        // Nothing here asks a provider.
        { provide: ProviderRegistry, useValue: {} },
        { provide: EVENT_STORE, useValue: store },
        { provide: SHOW_RECORD, useValue: ((record) => record) satisfies ShowRecord },
        { provide: READ_LOG, useValue: (({ after }) => Promise.resolve(noLog(after))) satisfies ReadLog },
        { provide: TaskStreams, useValue: new TaskStreams(store) },
        { provide: ProjectStreams, useValue: new ProjectStreams(store) },
        { provide: SessionDeltas, useValue: new SessionDeltas() },
      ],
      exports: [
        CLOCK,
        ProviderRegistry,
        SETTINGS,
        LOGGER,
        DATABASE_URL,
        EVENT_STORE,
        SHOW_RECORD,
        READ_LOG,
        TaskStreams,
        ProjectStreams,
        SessionDeltas,
      ],
    };
  }
}

/** One replica of the rows' side of the service: projector, reads and live gateway on a port of its own. */
export class ProjectionsApp {
  private constructor(
    private readonly app: NestExpressApplication,
    readonly url: string,
    readonly databaseUrl: string,
  ) {}

  static async start(
    databaseUrl: string,
    store: EventStore,
    env: Record<string, string> = {},
  ): Promise<ProjectionsApp> {
    const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
    const testing = await Test.createTestingModule({
      imports: [
        TestPlatformModule.forRoot(readSettings(env), log, databaseUrl, store),
        HealthModule,
        ProjectionsModule,
        ReadsModule,
      ],
    }).compile();
    const app = testing.createNestApplication<NestExpressApplication>({
      logger: ['error', 'warn'],
      ...HTTP_OPTIONS,
    });
    configureHttp(app, readSettings(env), log);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as { port: number };
    return new ProjectionsApp(app, `http://127.0.0.1:${port}`, databaseUrl);
  }

  get projections(): Projections {
    return this.app.get(Projections);
  }

  get deltas(): SessionDeltas {
    return this.app.get(SessionDeltas);
  }

  /** Each has a live connection of its own. */
  get client(): SlipwayClient {
    return new SlipwayClient({ url: this.url });
  }

  async get<T = Record<string, unknown>>(
    path: string,
  ): Promise<{ status: number; body: T; headers: Headers }> {
    const response = await fetch(this.url + path);
    return { status: response.status, body: (await response.json()) as T, headers: response.headers };
  }

  /** Waits until the rows, as this replica reads them, are as far as the position. */
  async isAt(position: bigint, limitMs = 15_000): Promise<void> {
    if (await this.projections.waitFor(position, limitMs)) return;
    throw new Error(
      `the rows did not come to ${position}: ${JSON.stringify(await this.projections.status())}`,
    );
  }

  async becomes(state: ProjectionsStatus['projecting'], limitMs = 15_000): Promise<void> {
    await until(`the replica to be ${state}`, limitMs, async () => {
      return (await this.projections.status()).projecting === state;
    });
  }

  stop(): Promise<void> {
    return this.app.close();
  }
}
