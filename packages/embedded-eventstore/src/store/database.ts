import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import { StoredEvent } from './event.js';
import { damageOf } from './lmdb-file.js';
import { readPositionKey } from './keys.js';

const FILE = 'events.lmdb';
const FORMAT = 'embedded-eventstore 1';

/** The tables, all in one LMDB file and therefore written in one transaction. */
export interface Tables {
  readonly root: RootDatabase<Buffer, Buffer>;
  /** position → event */
  readonly log: Database<Buffer, Buffer>;
  /** (stream, revision) → position; (stream, event id) → revision */
  readonly index: Database<Buffer, Buffer>;
  /** stream name → StreamState */
  readonly streams: Database<Buffer, Buffer>;
  /** persistent subscription → its settings and checkpoint */
  readonly groups: Database<Buffer, Buffer>;
  /** format, next stream number */
  readonly facts: Database<Buffer, Buffer>;
  close(): Promise<void>;
}

/** The directory holds something that this node has not written, or can no longer read. */
export class UnusableDataError extends Error {}

/**
 * Opens or creates the tables. A commit is on the disk before its promise resolves. Without a directory the data
 * lives in a temporary one, without fsync, and is removed on close.
 */
export function openTables(directory: string | undefined): Tables {
  const path = directory ?? mkdtempSync(join(tmpdir(), 'embedded-eventstore-'));
  mkdirSync(path, { recursive: true });
  if (
    !existsSync(join(path, FILE)) &&
    readdirSync(path).some((name) => name.endsWith('.mdb') || name.endsWith('.chk'))
  )
    throw new UnusableDataError(`${path} holds another database; give the node a directory of its own.`);
  const isNew = !existsSync(join(path, FILE));
  const root = openRoot(join(path, FILE), directory === undefined);
  // A file without a name needs no tidying up, however the process ends; Windows does not know such.
  if (directory === undefined && process.platform !== 'win32') rmSync(path, { recursive: true });
  else if (isNew) syncDirectories(path);
  const table = (name: string) =>
    root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
  const tables: Tables = {
    root,
    log: table('log'),
    index: table('index'),
    streams: table('streams'),
    groups: table('groups'),
    facts: table('facts'),
    close: async () => {
      await root.close();
      if (directory === undefined) rmSync(path, { recursive: true, force: true });
    },
  };
  checkFormat(tables, path);
  return tables;
}

/** A new file's name is durable only when its directory is; and the same goes for a new directory. */
function syncDirectories(path: string): void {
  if (process.platform === 'win32') return;
  for (const directory of [path, dirname(path)]) {
    const descriptor = openSync(directory, 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}

function openRoot(file: string, volatile: boolean): RootDatabase<Buffer, Buffer> {
  const damage = existsSync(file) ? damageOf(file) : undefined;
  const unusable = (what: string) =>
    new UnusableDataError(
      `${file} is damaged or was not written by this node (${what}). Restore a backup or move it away.`,
    );
  if (damage) throw unusable(damage);
  try {
    return open<Buffer, Buffer>({
      path: file,
      noSubdir: true,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: 8,
      // One flush a commit, before its promise resolves: an acknowledged append is on the disk.
      overlappingSync: false,
      noSync: volatile,
      // The batches are ours; lmdb's own would leave a promise of a failed commit that nobody can catch.
      eventTurnBatching: false,
      // Pages are written as they are; what was in the memory before must not get into the file.
      noMemInit: false,
    });
  } catch (error) {
    throw unusable((error as Error).message);
  }
}

const FORMAT_KEY = Buffer.from('format');

function checkFormat(tables: Tables, path: string): void {
  const found = tables.facts.get(FORMAT_KEY)?.toString();
  if (found === FORMAT) return;
  if (found !== undefined || lastEvent(tables))
    throw new UnusableDataError(
      `${path} was written in the format "${found}", this version reads "${FORMAT}".`,
    );
  tables.facts.putSync(FORMAT_KEY, Buffer.from(FORMAT));
}

/** The event with the highest position. */
export function lastEvent(tables: Tables): StoredEvent | undefined {
  for (const { key, value } of tables.log.getRange({ reverse: true, limit: 1 }))
    return new StoredEvent(readPositionKey(key), value);
  return undefined;
}
