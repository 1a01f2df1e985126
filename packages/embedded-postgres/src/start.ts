import {
  acquireDirectoryLock,
  describeProcess,
  DirectoryInUseError,
  type DirectoryLock,
} from '@slipway/process-lock';
import { installedPackage, usableBinaries } from './binaries.js';
import { ensureCluster, SUPERUSER, USER } from './cluster.js';
import { DataDirectory } from './data-directory.js';
import { ensureDatabase } from './database.js';
import { ensureSuperuser } from './superuser.js';
import { PostgresStartError } from './errors.js';
import { settlePreviousServer } from './previous-server.js';
import { serverAccount } from './server-account.js';
import { launch } from './server-process.js';
import { serverArguments } from './server-settings.js';

export interface PostgresOptions {
  /** The launcher's own directory; made if missing. */
  readonly dataDir: string;
  /** TCP port on 127.0.0.1. Default or 0: any free one, a new one at every start. */
  readonly port?: number;
  /** Made if missing. A plain lower-case SQL name; default `slipway`. */
  readonly database?: string;
  /** Takes what the launcher has to say, a line at a time; PostgreSQL's own output is in `<dataDir>/postgres.log`. */
  readonly log?: (line: string) => void;
  /** PostgreSQL settings that go before our modest defaults; those that safety rests on are refused. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer {
  /** `postgres://user:password@127.0.0.1:port/database`, of a role that owns this database and may do nothing else. Holds the password: do not log it. */
  readonly url: string;
  /** The same as the superuser, for whoever makes databases and roles; a service needs only `url`. Likewise secret. */
  readonly superuserUrl: string;
  readonly port: number;
  /** Process id of the server (the postmaster). */
  readonly pid: number;
  /** Resolves when the server is gone, asked to or not; never rejects. */
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  /** Orderly shutdown; resolves when the server is gone and the data directory free for another. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on a data directory, making the database on the first start. The server lives until `stop()` or
 * until this process is gone, however it goes; the next start finds all that was committed.
 * @throws {PostgresStartError} with the reason and what to do.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { database = 'slipway' } = options;
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(database)) {
    throw new PostgresStartError(
      'failed',
      `"${database}" cannot name a database: use up to 63 of a-z, 0-9 and _.`,
    );
  }
  serverArguments('', 0, options.settings); // Refuses bad settings before anything is touched.
  const installed = installedPackage();
  const directory = DataDirectory.open(options.dataDir, installed.major);
  const lock = await onlyLauncherOf(directory);
  try {
    if (lock.predecessorDied) options.log?.('The last launcher was killed: recovering its database.');
    await settlePreviousServer(directory, lock.predecessorDied);
    const account = serverAccount(directory.pgdata);
    const binaries = await usableBinaries(installed, account, directory.path);
    const passwords = await ensureCluster(directory, binaries, account);
    const server = await launch(directory, binaries, account, options);
    const exited = server.supervised.exited.then(async ({ code, signal, lost }) => {
      // Without its supervisor nobody would end the server, and a server that crashed may leave back ends.
      if (lost || code !== 0) {
        await settlePreviousServer(directory, true).catch((error: Error) => options.log?.(error.message));
      }
      lock.release();
      return { code, signal };
    });
    const stop = async () => {
      server.supervised.stop();
      await exited;
    };
    const addressOf = (user: string, password: string) =>
      `postgres://${user}:${password}@127.0.0.1:${server.port}/${database}`;
    const url = addressOf(USER, passwords.user);
    let superuserUrl: string;
    try {
      superuserUrl = addressOf(SUPERUSER, await ensureSuperuser(directory, url, passwords));
      await ensureDatabase(superuserUrl, url);
    } catch (error) {
      await stop();
      throw error;
    }
    options.log?.(`PostgreSQL serves on 127.0.0.1:${server.port} (process ${server.pid}).`);
    return { url, superuserUrl, port: server.port, pid: server.pid, exited, stop };
  } catch (error) {
    lock.release();
    if (error instanceof PostgresStartError) throw error;
    throw new PostgresStartError(
      'failed',
      `The embedded PostgreSQL in ${directory.path} did not start: ${(error as Error).message}. ` +
        `See ${directory.logFile}, or set DATABASE_URL to a server of yours.`,
      { cause: error },
    );
  }
}

/**
 * Makes this process the only launcher of the data directory: for early, clear refusals, and to keep two first starts
 * apart. The data itself is guarded by PostgreSQL's own interlock as well.
 */
async function onlyLauncherOf({ path, lockName }: DataDirectory): Promise<DirectoryLock> {
  try {
    return await acquireDirectoryLock(path, { name: lockName });
  } catch (error) {
    if (!(error instanceof DirectoryInUseError)) throw error;
    const holder = error.pid === process.pid ? 'this process' : describeProcess(error.pid);
    throw new PostgresStartError(
      'in-use',
      `The data directory ${path} is in use by ${holder}: stop it first, or choose another data directory.`,
    );
  }
}
