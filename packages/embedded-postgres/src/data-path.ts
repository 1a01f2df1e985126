import { PostgresStartError } from './errors.js';
import { isOpenTo, type ServerAccount } from './server-account.js';

/** How a program run by the account is to be told of a directory of its own. */
export interface DataPath {
  readonly cwd: string;
  readonly argument: string;
}

/**
 * The data stays where the user asked even where the account cannot pass (root's home, say): the supervisor, still
 * root, enters the directory before it changes the user, and PostgreSQL is told its working directory's name in /proc,
 * which needs no permission on the directories above. Elsewhere than on Linux such a place is refused.
 */
export function dataPath(directory: string, account: ServerAccount | undefined): DataPath {
  if (isOpenTo(account, directory)) return { cwd: directory, argument: directory };
  if (process.platform === 'linux') return { cwd: directory, argument: '/proc/self/cwd' };
  throw new PostgresStartError(
    'failed',
    `The user that PostgreSQL runs as (${account?.uid}) may not pass through the directories above ${directory}: ` +
      'choose a data directory elsewhere, start as a normal user, or set DATABASE_URL.',
  );
}
