import type { Command } from 'commander';
import type { OperatorsStore } from '../store/store-admin.js';
import { readRuntime } from '../app/runtime-file.js';
import { keysDirFor } from '../platform/keys-dir.js';
import { CliError } from './exit-code.js';
import { dataDirOf } from './global-options.js';

/** A store that a command needs is not there. The message says what to do. */
export class NoStoreError extends CliError {
  constructor(message: string) {
    super('unreachable', message);
  }
}

/** The address of the events: EVENTSTORE_URL, else what the service in the data directory says. */
export async function eventStoreUrlOf(command: Command): Promise<string> {
  return process.env.EVENTSTORE_URL || (await runtimeOf(command)).eventStoreUrl;
}

/** The address of the rows: DATABASE_URL, else what the service in the data directory says. */
export async function databaseUrlOf(command: Command): Promise<string> {
  return process.env.DATABASE_URL || (await runtimeOf(command)).databaseUrl;
}

/** Runs work on the event store of the running service and lets go of it. */
export async function withStore<T>(
  command: Command,
  work: (store: OperatorsStore) => Promise<T>,
): Promise<T> {
  return withStoreAt(await eventStoreUrlOf(command), await keysDirOf(command), work);
}

/**
 * Where the keys of tasks are whose events are at the address: SLIPWAY_KEYS_DIR, else what the service in the data directory
 * says of its own. Null: nothing is sealed there.
 */
export async function keysDirOf(command: Command, url?: string): Promise<string | null> {
  const runtime = await readRuntime(dataDirOf(command));
  const isOfService = url === undefined ? !process.env.EVENTSTORE_URL : runtime?.eventStoreUrl === url;
  return keysDirFor(process.env.SLIPWAY_KEYS_DIR, (isOfService && runtime?.keysDir) || null);
}

/** Runs work on the event store at an address and lets go of it. @param keysDir where the keys of tasks are, if they have any */
export async function withStoreAt<T>(
  url: string,
  keysDir: string | null,
  work: (store: OperatorsStore) => Promise<T>,
): Promise<T> {
  // The client takes a while to load; commands that need no store do without.
  const { OperatorsStore } = await import('../store/store-admin.js');
  const { pino } = await import('pino');
  const { createLog } = await import('../platform/log.js');
  const log = createLog(process.env.LOG_LEVEL ?? 'silent', pino.destination(2));
  const store = new OperatorsStore(url, log, keysDir);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function runtimeOf(command: Command) {
  const dataDir = dataDirOf(command);
  const runtime = await readRuntime(dataDir);
  if (runtime !== null) return runtime;
  throw new NoStoreError(
    `No service runs in ${dataDir}. Start one with npm start, or set SLIPWAY_DATA_DIR (or --data-dir), or EVENTSTORE_URL and DATABASE_URL.`,
  );
}
