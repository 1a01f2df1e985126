import { join } from 'node:path';
import type { Logger } from 'pino';
import { pause } from '../platform/clock.js';
import { importOutside } from '../platform/import-outside.js';
import { keysDirFor } from '../platform/keys-dir.js';
import type { Settings } from '../platform/settings/settings.js';

/** Where the events and the rows are, and how to let go of them. */
export interface Stores {
  readonly eventStoreUrl: string;
  readonly databaseUrl: string;
  /** Where the keys of tasks are; null: nothing is sealed. */
  readonly keysDir: string | null;
  close(): Promise<void>;
}

interface Server {
  readonly url: string;
  readonly port: number;
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

const RESTART_DELAY_MS = 500;

/** Starts the embedded stores for what the settings do not name, both at once, and keeps them running. */
export async function startStores(
  settings: Pick<Settings, 'dataDir' | 'eventStoreUrl' | 'databaseUrl' | 'keysDir'>,
  log: Logger,
): Promise<Stores> {
  const { dataDir, eventStoreUrl, databaseUrl, keysDir } = settings;
  const ownKeys = eventStoreUrl === undefined ? join(dataDir, 'keys') : null;
  const [events, rows] = await Promise.all([
    eventStoreUrl === undefined ? startEmbeddedEvents(join(dataDir, 'eventstore'), log) : undefined,
    databaseUrl === undefined ? startEmbeddedRows(join(dataDir, 'postgres'), log) : undefined,
  ]);
  return {
    eventStoreUrl: eventStoreUrl ?? events!.url,
    databaseUrl: databaseUrl ?? rows!.url,
    keysDir: keysDirFor(keysDir, ownKeys),
    close: async () => {
      await Promise.all([events?.stop(), rows?.stop()]);
    },
  };
}

async function startEmbeddedEvents(dataDir: string, log: Logger) {
  log.info(
    'events: embedded node (for development and single machines; set EVENTSTORE_URL for EventStoreDB)',
  );
  const { startEventStore } = await importOutside<typeof import('@slipway/embedded-eventstore')>(
    '@slipway/embedded-eventstore',
  );
  return keepRunning('embedded event store', log, (port) =>
    startEventStore({ dataDir, port, log: (line) => log.debug({ from: 'eventstore' }, line) }),
  );
}

async function startEmbeddedRows(dataDir: string, log: Logger) {
  log.info('rows: embedded PostgreSQL (for development and single machines; set DATABASE_URL for your own)');
  const { startPostgres } = await importOutside<typeof import('@slipway/embedded-postgres')>(
    '@slipway/embedded-postgres',
  );
  return keepRunning('embedded PostgreSQL', log, (port) =>
    startPostgres({ dataDir, port, log: (line) => log.debug({ from: 'postgres' }, line) }),
  );
}

/** Starts a server, and starts it again on the same port whenever it ends by itself. */
async function keepRunning(
  name: string,
  log: Logger,
  start: (port?: number) => Promise<Server>,
): Promise<{ url: string; stop(): Promise<void> }> {
  let server = await start();
  const { url, port } = server;
  let stopping = false;
  const watch = async () => {
    while (!stopping) {
      await server.exited;
      while (!stopping) {
        log.error({ restartInMs: RESTART_DELAY_MS }, `${name} ended by itself`);
        await pause(RESTART_DELAY_MS);
        if (stopping) return;
        try {
          server = await start(port);
          break;
        } catch (error) {
          log.error({ err: error }, `${name} does not start`);
        }
      }
    }
  };
  void watch();
  return {
    url,
    stop: () => {
      stopping = true;
      return server.stop();
    },
  };
}
