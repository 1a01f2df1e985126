import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.js';
import type { DataDirectory } from './data-directory.js';
import { dataPath } from './data-path.js';
import { lastWords, PostgresStartError } from './errors.js';
import type { ServerAccount } from './server-account.js';
import { supervise } from './supervised.js';

/** The role that the database is of; its password is generated per data directory, and it may do nothing beyond its database. */
export const USER = 'slipway';
/** The superuser, of a password of its own: for the launcher, and whoever makes databases. */
export const SUPERUSER = 'postgres';

/** Passwords of a data directory. */
export interface Passwords {
  /** Of {@link USER}. */
  readonly user: string;
  /** Of {@link SUPERUSER}; undefined in a directory of an earlier version, where {@link USER} is the superuser. */
  readonly superuser: string | undefined;
}

const AT_ONCE = [{ signal: 'SIGKILL', after: 0 }] as const;

/**
 * Makes the database if there is none: built aside, forced to disk, then put in place by one rename, so a kill at any
 * moment leaves either nothing or the whole. Must be called under the launcher lock.
 */
export async function ensureCluster(
  directory: DataDirectory,
  binaries: Binaries,
  account: ServerAccount | undefined,
): Promise<Passwords> {
  await removeUnfinished(directory);
  if (!existsSync(directory.cluster)) await initialise(directory, binaries, account);
  return {
    user: (await readFile(directory.passwordFile, 'utf8')).trim(),
    superuser: existsSync(directory.superuserFile)
      ? (await readFile(directory.superuserFile, 'utf8')).trim()
      : undefined,
  };
}

async function removeUnfinished(directory: DataDirectory): Promise<void> {
  for (const name of await readdir(directory.path)) {
    // Retries: an initdb whose launcher and supervisor were both killed may still be writing its last files.
    if (name.startsWith('init-')) {
      await rm(join(directory.path, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    }
  }
}

async function initialise(
  directory: DataDirectory,
  binaries: Binaries,
  account: ServerAccount | undefined,
): Promise<void> {
  const draft = await mkdtemp(join(directory.path, 'init-'));
  await chmod(draft, 0o711); // The server's user passes through; only its own directory below is open to it.
  const pgdata = join(draft, 'data');
  await mkdir(pgdata, { mode: 0o700 });
  await writeDurably(join(draft, 'password'), newPassword());
  await writeDurably(join(draft, 'superuser-password'), newPassword());
  if (account !== undefined) {
    for (const path of [pgdata, join(draft, 'superuser-password')])
      await chown(path, account.uid, account.gid);
  }
  const { cwd, argument } = dataPath(pgdata, account);
  const initdb = supervise({
    command: join(binaries.root, 'bin', 'initdb'),
    args: [
      `--pgdata=${argument}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${argument}/../superuser-password`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin', // The same order of strings on every platform, and no search through ICU.
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
    cwd,
    ...account,
    group: true, // initdb runs servers of its own, which must go with it.
    logFile: directory.logFile,
    onStop: AT_ONCE,
    onOrphaned: AT_ONCE,
  });
  await initdb.started;
  const { code, signal, output } = await initdb.exited;
  if (code !== 0) {
    await rm(draft, { recursive: true, force: true });
    throw new PostgresStartError(
      'failed',
      `The database could not be made: initdb ended with ${code ?? signal}: ${lastWords(output)}. The rest is in ${directory.logFile}.`,
    );
  }
  await syncDirectory(draft);
  await rename(draft, directory.cluster);
  await syncDirectory(directory.path);
}

/** The password that the superuser is to have, noted before it has it. Must be called under the launcher lock. */
export async function plannedPassword({ superuserPlan }: DataDirectory): Promise<string> {
  if (!existsSync(superuserPlan)) {
    const draft = `${superuserPlan}.draft`;
    await rm(draft, { force: true });
    await writeDurably(draft, newPassword());
    await rename(draft, superuserPlan);
  }
  return (await readFile(superuserPlan, 'utf8')).trim();
}

/** The superuser has the password that was planned. */
export async function keepPlannedPassword({
  cluster,
  superuserPlan,
  superuserFile,
}: DataDirectory): Promise<void> {
  await rename(superuserPlan, superuserFile);
  await syncDirectory(cluster);
}

const newPassword = () => randomBytes(24).toString('hex');

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return; // Directories cannot be opened there.
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
