import type { INestApplication } from '@nestjs/common';
import { acquireDirectoryLock } from '@slipway/process-lock';
import type { Logger } from 'pino';
import { prepareDataDirectory } from './data-directory.js';
import { assertCanListen } from './listening-address.js';
import { SettingsError, type Settings } from '../platform/settings/settings.js';
import { startStores } from './embedded-stores.js';
import { complaintAboutConnectionString } from '../store/connection-string.js';
import { drain } from '../http/drain.js';
import { createProviders } from '../providers/create-providers.js';
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
  const providers = await createProviders(settings, log);
  // The stores start while the rest of the program is loaded, which takes about as long.
  const [stores, { startApplication }] = await Promise.all([
    startStores(settings, log),
    import('./application.js'),
  ]);
  const app = await startApplication(
    { settings, log, databaseUrl: stores.databaseUrl, providers },
    stores.eventStoreUrl,
  );
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
