import { acquireDirectoryLock, makeDirectory } from '@slipway/process-lock';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { RESTORING } from '../../app/data-directory.js';
import { writeText } from '../../platform/plain-files.js';
import { Uuid } from '../../platform/text-rules.js';
import { KEEPERS, restoreMirror } from '../../providers/local/kept-backup.js';
import { keyOf, SECRET_KEY_FILE } from '../../repository/credentials/secret-key.js';
import { SEALED_TABLES, Vault } from '../../repository/credentials/vault.js';
import { readEventFile } from '../events/event-file.js';
import { transfer } from '../events/transfer.js';
import { CliError } from '../exit-code.js';
import { historyIn } from '../history.js';
import { startProgress } from '../progress.js';
import { withRows } from '../rows-client.js';
import { withStoreAt } from '../stores.js';
import { BackupDamagedError, MANIFEST, readManifest, verifyParts, type Manifest } from './backup-manifest.js';
import { bundleFile, EVENTS_FILE, KEPT_FILE, KEY_FILE, tableFile } from './backup-parts.js';
import { passphraseFrom, type KeyOptions } from './passphrase.js';
import { openKey } from './sealed-key.js';
import { restoreTable } from './sealed-tables.js';
import { withStartedStores, type StoreAddresses } from './stores-of.js';

const IN_FLIGHT = 32;
/** What may lie in an empty data directory: locks, what a new disk has, and a restore that did not end. */
const NOTHING = /^(process\.lock(\..*)?|lost\+found|\.restoring)$/;

const Kept = Type.Array(
  Type.Object({
    keeper: Type.Union(KEEPERS.map((keeper) => Type.Literal(keeper))),
    name: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    remote: Type.Union([Type.String({ maxLength: 8_192 }), Type.Null()]),
    tasks: Type.Array(
      Type.Object({
        taskId: Uuid,
        at: Type.String({ maxLength: 30 }),
        refs: Type.Array(Type.Object({ name: Type.String(), commit: Type.String() })),
      }),
    ),
  }),
);

export interface RestoreOptions extends KeyOptions {
  readonly dryRun?: boolean;
  readonly quiet: boolean;
}

/**
 * Brings a backup into an empty data directory and the stores that belong to it. May be killed at any moment and run
 * again with the same backup; what is refused leaves the place as it was found.
 * @throws CliError
 */
export async function restoreBackup(
  backup: string,
  dataDir: string,
  options: RestoreOptions,
): Promise<{ readonly manifest: Manifest; readonly restored: boolean }> {
  await assertEmpty(dataDir);
  await makeDirectory(dataDir, 0o700);
  const lock = await acquireDirectoryLock(dataDir);
  const restoring = join(dataDir, RESTORING);
  const isFirst = (await stat(restoring).catch(() => undefined)) === undefined;
  let begun = false;
  try {
    await mkdir(restoring, { recursive: true, mode: 0o700 });
    const folder = await folderOf(resolve(backup), join(restoring, 'backup'));
    const manifest = await readManifest(folder);
    await checkParts(folder, manifest, options.quiet);
    const key = await keyFrom(folder, manifest, options);
    const same = await noteBackup(restoring, folder, isFirst);
    if (options.dryRun) return { manifest, restored: false };
    begun = true;
    await withStartedStores(dataDir, (stores) =>
      restoreStores(folder, manifest, stores, same, options.quiet),
    );
    await restoreKept(folder, dataDir, options.quiet);
    if (key !== null) await writeText(join(dataDir, SECRET_KEY_FILE), `${key}\n`);
    await rm(restoring, { recursive: true });
    return { manifest, restored: true };
  } finally {
    if (isFirst && !begun) await rm(restoring, { recursive: true, force: true });
    lock.release();
  }
}

async function assertEmpty(dataDir: string): Promise<void> {
  const entries: string[] = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found = entries.filter((name) => !NOTHING.test(name));
  if (found.length > 0 && !entries.includes(RESTORING))
    throw new CliError(
      'refused',
      `${dataDir} is not empty (${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''}). Restore into an empty one: --data-dir <dir>.`,
    );
}

/** The backup as a folder: an archive is unpacked beside what is restored from it. */
async function folderOf(backup: string, unpacked: string): Promise<string> {
  const found = await stat(backup).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(
      error.code === 'ENOENT' ? 'notFound' : 'failed',
      `${backup} cannot be read: ${error.message}`,
    );
  });
  if (found.isDirectory()) return backup;
  const { extract } = await import('tar');
  await rm(unpacked, { recursive: true, force: true });
  await mkdir(unpacked, { mode: 0o700 });
  const foreign: string[] = [];
  const isPart = (name: string, entry: object) => {
    const { type } = entry as { type?: string };
    if (type === 'File' && /^(?!.*\.\.)[a-z0-9][a-z0-9._/-]*$/.test(name)) return true;
    foreign.push(name);
    return false;
  };
  try {
    await extract({ file: backup, cwd: unpacked, strict: true, preserveOwner: false, filter: isPart });
  } catch (error) {
    throw new BackupDamagedError(`${backup} is no backup, or damaged: ${(error as Error).message}`);
  }
  if (foreign.length > 0) throw new BackupDamagedError(`${backup} is no backup: it has ${foreign[0]} in it.`);
  return unpacked;
}

async function checkParts(folder: string, manifest: Manifest, quiet: boolean): Promise<void> {
  const total = manifest.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = startProgress('Checking', total, { quiet, unit: 'bytes' });
  let read = 0;
  try {
    await verifyParts(folder, manifest, (bytes) => progress.update((read += bytes)));
  } finally {
    progress.stop();
  }
  const names = new Set(manifest.parts.map(({ name }) => name));
  const wanted = [EVENTS_FILE, KEPT_FILE, ...Object.keys(manifest.tables).map(tableFile)];
  if (manifest.key === 'sealed') wanted.push(KEY_FILE);
  for (const name of wanted)
    if (!names.has(name)) throw new BackupDamagedError(`The backup is damaged: ${name} is not in it.`);
  const known: readonly string[] = SEALED_TABLES;
  const unknown = Object.keys(manifest.tables).find((table) => !known.includes(table));
  if (unknown !== undefined)
    throw new BackupDamagedError(
      `The backup has a table ${unknown}, from a later version: restore it with that.`,
    );
}

async function keyFrom(folder: string, { key }: Manifest, options: RestoreOptions): Promise<string | null> {
  if (key !== 'sealed') return null;
  const passphrase = await passphraseFrom(options, 'Passphrase of the key in the backup');
  if (passphrase === null) return null;
  const opened = await openKey(await readFile(join(folder, KEY_FILE), 'utf8'), passphrase);
  if (keyOf(opened) === null) throw new BackupDamagedError('The key in the backup is none.');
  return opened;
}

/** Whether an earlier run has begun with this very backup. @throws CliError where it was another one */
async function noteBackup(restoring: string, folder: string, isFirst: boolean): Promise<boolean> {
  const file = join(restoring, 'backup.sha256');
  const digest = createHash('sha256')
    .update(await readFile(join(folder, MANIFEST)))
    .digest('hex');
  const noted = await readFile(file, 'utf8').catch(() => null);
  if (noted !== null && noted !== digest)
    throw new CliError(
      'refused',
      'The data directory holds an unfinished restore of another backup. Empty it, or go on with that backup.',
    );
  if (noted === null) await writeFile(file, digest, { mode: 0o600, flush: true });
  return noted !== null && !isFirst;
}

async function restoreStores(
  folder: string,
  manifest: Manifest,
  { eventStoreUrl, databaseUrl, keysDir }: StoreAddresses,
  isRepeated: boolean,
  quiet: boolean,
): Promise<void> {
  const vault = new Vault(databaseUrl);
  await vault.prepare().finally(() => vault.close());
  await withRows(databaseUrl, async (db) => {
    for (const [table, count] of Object.entries(manifest.tables)) {
      const restored = await restoreTable(db, table, join(folder, tableFile(table)), { isRepeated });
      if (restored !== count)
        throw new BackupDamagedError(`The backup has ${restored} rows of ${table} instead of ${count}.`);
    }
  });
  const source = () => historyIn(readEventFile(join(folder, EVENTS_FILE)));
  const done = await withStoreAt(eventStoreUrl, keysDir, (store) =>
    transfer(source, store, { quiet, inFlight: IN_FLIGHT }),
  );
  const [difference] = done.differences;
  if (difference !== undefined)
    throw new CliError('failed', `What was restored is not what the backup holds: ${difference}.`);
  if (done.order !== manifest.events.order || done.events !== manifest.events.events)
    throw new BackupDamagedError('The backup’s events are not those that its manifest names.');
}

async function restoreKept(folder: string, dataDir: string, quiet: boolean): Promise<void> {
  const kept: unknown = JSON.parse(await readFile(join(folder, KEPT_FILE), 'utf8'));
  if (!Value.Check(Kept, kept))
    throw new BackupDamagedError(`The backup is damaged: ${KEPT_FILE} is not one.`);
  const progress = startProgress('Kept work', kept.length, { quiet, unit: 'repositories' });
  const { signal } = new AbortController();
  for (const [index, mirror] of kept.entries()) {
    await restoreMirror(dataDir, mirror, join(folder, bundleFile(mirror)), signal);
    progress.update(index + 1);
  }
  progress.stop();
}
