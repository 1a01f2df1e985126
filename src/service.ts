import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { acquireDirectoryLock } from '@slipway/embedded-eventstore';
import type { Logger } from 'pino';
import { prepareDataDirectory } from './app/data-directory.js';
import { asStartError, assertCanListen } from './app/listening-address.js';
import { AppModule } from './app.module.js';
import { SettingsError, type Settings } from './config.js';
import { startStores } from './embedded-stores.js';
import { complaintAboutConnectionString } from './events/store/connection-string.js';
import { EventStoreDb } from './events/store/eventstore-db.js';
import { HTTP_OPTIONS, configureHttp } from './http/configure.js';
import { drain } from './http/drain.js';
import { describeApi } from './http/openapi.js';
import { serveWorkbench } from './http/workbench.js';
import { createProviders } from './providers/create-providers.js';
import { removeRuntime, writeRuntime } from './runtime-file.js';

export interface Service {
  readonly url: string;
  /** What a stop under way is waiting for, in words. */
  readonly waitingFor: string;
  stop(): Promise<void>;
}

/** Starts everything that the settings ask for; rejects with a clear error when another service has the data directory. */
export async function startService(settings: Settings, log: Logger): Promise<Service> {
  const { dataDir } = settings;
  if (process.getuid?.() === 0) {
    log.warn('Slipway runs as root, and so do its local agents. Run it as a user of its own.');
  }
  await prepareDataDirectory(dataDir);
  const lock = await acquireDirectoryLock(dataDir);
  await assertCanListen(settings.port, settings.host);
  assertConnectionString(settings.eventStoreUrl);
  const providers = createProviders(settings, log);
  const stores = await startStores(settings, log);
  const store = new EventStoreDb(stores.eventStoreUrl, log);
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot({ settings, log, databaseUrl: stores.databaseUrl, providers }, store),
    { logger: ['error', 'warn'], abortOnError: false, ...HTTP_OPTIONS },
  );
  configureHttp(app, settings, log);
  describeApi(app);
  if (settings.roles.has('api')) serveWorkbench(app, log);
  await app.listen(settings.port, settings.host).catch((error: unknown) => {
    throw asStartError(error, settings.port, settings.host);
  });
  const url = urlOf(app, settings.host);
  await writeRuntime(dataDir, {
    pid: process.pid,
    httpUrl: url,
    eventStoreUrl: stores.eventStoreUrl,
    databaseUrl: stores.databaseUrl,
    startedAt: new Date().toISOString(),
  });
  let waitingFor = 'nothing';
  return {
    url,
    get waitingFor() {
      return waitingFor;
    },
    stop: async () => {
      await removeRuntime(dataDir);
      drain(app.getHttpServer(), settings.shutdownMs / 2);
      waitingFor = 'requests, messages in hand and projectors to end';
      await app.close();
      waitingFor = 'the providers to let go';
      await providers.close();
      waitingFor = 'the stores to stop';
      await stores.close();
      lock.release();
    },
  };
}

function assertConnectionString(url: string | undefined): void {
  const complaint = url === undefined ? undefined : complaintAboutConnectionString(url);
  if (complaint !== undefined)
    throw new SettingsError(
      `EVENTSTORE_URL must be like esdb://host:2113?tls=false; it is wrong ${complaint}`,
    );
}

function urlOf(app: INestApplication, host: string): string {
  const { port } = app.getHttpServer().address() as { port: number };
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
