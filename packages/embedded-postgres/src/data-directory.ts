import { accessSync, constants, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCode, PostgresStartError } from './errors.js';

/**
 * The launcher's directory. `cluster` appears by one rename when it is complete, so whatever is in it is a finished
 * database; `init-*` are unfinished ones.
 */
export class DataDirectory {
  readonly cluster: string;
  /** PostgreSQL's own data directory. */
  readonly pgdata: string;
  readonly passwordFile: string;
  /** Not there in a directory of an earlier version. */
  readonly superuserFile: string;
  /** While one of those is brought up to date. */
  readonly superuserPlan: string;
  readonly postmasterPid: string;
  /** Before the number; see @slipway/process-lock. */
  readonly lockName = 'launcher.lock';
  readonly logFile: string;

  private constructor(readonly path: string) {
    this.cluster = join(path, 'cluster');
    this.pgdata = join(this.cluster, 'data');
    this.passwordFile = join(this.cluster, 'password');
    this.superuserFile = join(this.cluster, 'superuser-password');
    this.superuserPlan = join(this.cluster, 'superuser-password.planned');
    this.postmasterPid = join(this.pgdata, 'postmaster.pid');
    this.logFile = join(path, 'postgres.log');
  }

  /**
   * Creates the directory if missing and checks that it is ours and of this major version. Changes nothing else.
   * @throws {PostgresStartError} `foreign`, or `failed` where we may not write.
   */
  static open(path: string, major: string): DataDirectory {
    const wanted = resolve(path);
    try {
      mkdirSync(wanted, { recursive: true });
      accessSync(wanted, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (cause) {
      throw new PostgresStartError(
        'failed',
        `The data directory ${wanted} cannot be used (${errorCode(cause)}): make it a directory of this user's, or choose another.`,
        { cause },
      );
    }
    const directory = new DataDirectory(realpathSync(wanted));
    directory.assertOurs(major);
    return directory;
  }

  private assertOurs(major: string): void {
    const entries = readdirSync(this.path);
    if (!entries.includes('cluster')) {
      const foreign = entries.find(
        (name) => !/^(\.|init-|launcher\.lock|postgres\.log|runtime$|lost\+found$)/.test(name),
      );
      if (foreign === undefined) return;
      throw new PostgresStartError(
        'foreign',
        `${this.path} holds "${foreign}", which this launcher did not put there: choose an empty data directory.`,
      );
    }
    const version = this.clusterVersion();
    if (version === major) return;
    throw new PostgresStartError(
      'foreign',
      version === undefined
        ? `${this.cluster} is not a database of this launcher: choose another data directory.`
        : `${this.cluster} was made by PostgreSQL ${version}, the installed binaries are ${major}: install version ` +
            `${version} of the binaries, or choose another data directory.`,
    );
  }

  private clusterVersion(): string | undefined {
    try {
      return readFileSync(join(this.pgdata, 'PG_VERSION'), 'utf8').trim();
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ENOTDIR') return undefined;
      throw new PostgresStartError(
        'failed',
        `${this.cluster} belongs to another user (${errorCode(cause)}): start as that user or as root, or change the owner.`,
        { cause },
      );
    }
  }
}
