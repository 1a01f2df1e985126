import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { slipwayVersion } from '../../platform/version.js';
import { bundleMirror, keptMirrors, type KeptMirror } from '../../providers/local/kept-backup.js';
import { SECRET_KEY_FILE } from '../../repository/credentials/secret-key.js';
import { SEALED_TABLES } from '../../repository/credentials/vault.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { LogDigester, type LogDigest } from '../events/log-digest.js';
import { writeEventFile } from '../events/event-file.js';
import { copiable } from '../events/transfer.js';
import { CliError } from '../exit-code.js';
import { scanHistory } from '../history.js';
import { startProgress } from '../progress.js';
import { withRows } from '../rows-client.js';
import { withStoreAt } from '../stores.js';
import { MANIFEST, measurePart, writeManifest, type Manifest, type Part } from './backup-manifest.js';
import { KEPT_FILE, EVENTS_FILE, isArchive, KEY_FILE, bundleFile, tableFile } from './backup-parts.js';
import { passphraseFrom, type KeyOptions } from './passphrase.js';
import { sealKey } from './sealed-key.js';
import { dumpTable } from './sealed-tables.js';
import { withStoresOf } from './stores-of.js';

export interface BackupMade {
  readonly target: string;
  /** Of all parts, without the manifest. */
  readonly bytes: number;
  readonly manifest: Omit<Manifest, 'format' | 'parts'>;
  /** Mirrors whose kept work could not be read. */
  readonly leftOut: readonly { readonly remote: string; readonly reason: string }[];
}

/**
 * Writes a backup of a data directory. It appears under its name when it is whole and on the disk. Events are read first,
 * so that whatever they refer to is in what is read after them.
 * @throws CliError for a target that is there already
 */
export async function makeBackup(
  dataDir: string,
  to: string,
  options: KeyOptions & { readonly quiet: boolean },
): Promise<BackupMade> {
  const target = resolve(to);
  await assertFree(target);
  const key = await keyOf(dataDir, options);
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(`${target}.partial-`);
  try {
    const made = await withStoresOf(dataDir, async ({ eventStoreUrl, databaseUrl, keysDir }) => {
      const events = await withStoreAt(eventStoreUrl, keysDir, async (store) => {
        const digester = new LogDigester();
        const all = digested(copiable(scanHistory(store, 'Events', options)), digester);
        await writeEventFile(join(folder, EVENTS_FILE), all);
        return digester.digest();
      });
      const tables: Record<string, number> = {};
      await withRows(databaseUrl, async (db) => {
        for (const table of SEALED_TABLES)
          tables[table] = await dumpTable(db, table, join(folder, tableFile(table)));
      });
      return { events: summaryOf(events), tables };
    });
    const { mirrors, leftOut } = await writeKept(dataDir, folder, options.quiet);
    if (key.text !== undefined)
      await writeFile(join(folder, KEY_FILE), key.text, { mode: 0o600, flush: true });
    const manifest = {
      version: slipwayVersion(),
      createdAt: new Date().toISOString(),
      ...made,
      kept: mirrors.reduce((sum, { tasks }) => sum + tasks.length, 0),
      key: key.kind,
    };
    const parts = await measureAll(folder);
    await writeManifest(folder, { ...manifest, parts });
    await putInPlace(folder, target, parts);
    return { target, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0), manifest, leftOut };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function assertFree(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  const free = found === undefined || (found.isDirectory() && (await readdir(target)).length === 0);
  if (!free || (found !== undefined && isArchive(target)))
    throw new CliError('refused', `${target} is there already. Name a new file or folder.`);
}

/** The key, ready to be written: under the passphrase, or not at all. */
async function keyOf(
  dataDir: string,
  options: KeyOptions,
): Promise<{ readonly kind: Manifest['key']; readonly text?: string }> {
  const key = await readFile(join(dataDir, SECRET_KEY_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (key === null) return { kind: 'none' };
  const passphrase = await passphraseFrom(options, 'Passphrase for the key in the backup');
  if (passphrase === null) return { kind: 'left_out' };
  return { kind: 'sealed', text: await sealKey(key.trim(), passphrase) };
}

async function writeKept(dataDir: string, folder: string, quiet: boolean) {
  const all = await keptMirrors(dataDir);
  const mirrors: KeptMirror[] = [];
  const leftOut: { remote: string; reason: string }[] = [];
  const progress = startProgress('Kept work', all.length, { quiet, unit: 'repositories' });
  // No limit of time: a repository may be large. Ctrl-C ends git with us.
  const { signal } = new AbortController();
  await mkdir(join(folder, 'kept'), { mode: 0o700 });
  for (const [index, mirror] of all.entries()) {
    const file = join(folder, bundleFile(mirror));
    try {
      const tasks = await bundleMirror(dataDir, mirror, file, signal);
      if (tasks.length > 0) mirrors.push({ ...mirror, tasks });
      else await rm(file);
    } catch (error) {
      await rm(file, { force: true });
      leftOut.push({ remote: mirror.remote ?? mirror.name, reason: (error as Error).message });
    }
    progress.update(index + 1);
  }
  progress.stop();
  await writeFile(join(folder, KEPT_FILE), JSON.stringify(mirrors), { mode: 0o600, flush: true });
  return { mirrors, leftOut };
}

async function measureAll(folder: string): Promise<Part[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const parts: Part[] = [];
  for (const entry of names.filter((each) => each.isFile()))
    parts.push(await measurePart(folder, join(entry.parentPath, entry.name).slice(folder.length + 1)));
  return parts.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The manifest comes first in an archive: it says what the rest is to be. */
async function putInPlace(folder: string, target: string, parts: readonly Part[]): Promise<void> {
  if (!isArchive(target)) return rename(folder, target);
  const { create } = await import('tar');
  const whole = `${folder}.tar`;
  try {
    const names = [MANIFEST, ...parts.map(({ name }) => name)];
    const out = createWriteStream(whole, { mode: 0o600, flags: 'wx', flush: true });
    await pipeline(create({ cwd: folder, portable: true, strict: true }, names), out);
    await rename(whole, target);
  } finally {
    await rm(whole, { force: true });
  }
  const parent = await open(dirname(target));
  await parent.sync().finally(() => parent.close());
}

async function* digested(
  events: AsyncIterable<StoredEvent>,
  digester: LogDigester,
): AsyncIterable<StoredEvent> {
  for await (const event of events) {
    digester.add(event);
    yield event;
  }
}

const summaryOf = ({ events, streams, order }: LogDigest): Manifest['events'] => ({
  events,
  streams: streams.size,
  order,
});
