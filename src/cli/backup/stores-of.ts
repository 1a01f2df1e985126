import { acquireDirectoryLock, processIdentity } from '@slipway/process-lock';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startStores } from '../../app/embedded-stores.js';
import { readRuntime, type Runtime } from '../../app/runtime-file.js';
import { keysDirFor } from '../../platform/keys-dir.js';
import { NoStoreError } from '../stores.js';

export interface StoreAddresses {
  readonly eventStoreUrl: string;
  readonly databaseUrl: string;
  /** Where the keys of tasks are; null: nothing is sealed. */
  readonly keysDir: string | null;
}

/**
 * Runs work on the stores of a data directory: those of the service that runs there, else the embedded ones, which are
 * started for it, or those that EVENTSTORE_URL and DATABASE_URL name.
 */
export async function withStoresOf<T>(
  dataDir: string,
  work: (stores: StoreAddresses) => Promise<T>,
): Promise<T> {
  const named = namedStores();
  const running = await runningStores(dataDir);
  if (running !== undefined)
    return work({
      eventStoreUrl: named.eventStoreUrl ?? running.eventStoreUrl,
      databaseUrl: named.databaseUrl ?? running.databaseUrl,
      keysDir: keysDirFor(
        named.keysDir,
        named.eventStoreUrl === undefined ? (running.keysDir ?? null) : null,
      ),
    });
  for (const [name, url] of [
    ['eventstore', named.eventStoreUrl],
    ['postgres', named.databaseUrl],
  ] as const)
    if (url === undefined && !existsSync(join(dataDir, name)))
      throw new NoStoreError(
        `There is no ${join(dataDir, name)}. Set SLIPWAY_DATA_DIR (or --data-dir) to that of a service, or EVENTSTORE_URL and DATABASE_URL.`,
      );
  const lock = await acquireDirectoryLock(dataDir);
  try {
    return await withStartedStores(dataDir, work);
  } finally {
    lock.release();
  }
}

/** The same, for a directory that this process has the lock of: embedded stores are made where there are none. */
export async function withStartedStores<T>(
  dataDir: string,
  work: (stores: StoreAddresses) => Promise<T>,
): Promise<T> {
  const { pino } = await import('pino');
  const stores = await startStores({ dataDir, ...namedStores() }, pino({ level: 'silent' }));
  try {
    return await work(stores);
  } finally {
    await stores.close();
  }
}

const namedStores = () => ({
  eventStoreUrl: process.env.EVENTSTORE_URL || undefined,
  databaseUrl: process.env.DATABASE_URL || undefined,
  keysDir: process.env.SLIPWAY_KEYS_DIR || undefined,
});

/** Of the service that runs in the directory; of one that was killed the file is left as well. */
async function runningStores(dataDir: string): Promise<Runtime | undefined> {
  const runtime = await readRuntime(dataDir);
  return runtime !== null && processIdentity(runtime.pid) !== undefined ? runtime : undefined;
}
