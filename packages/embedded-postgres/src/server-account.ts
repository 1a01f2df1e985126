import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The user that the server runs as. PostgreSQL refuses to run as root. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account to switch to, or undefined to stay who we are (any user but root). Root hands the server to whoever owns
 * the data already (a cluster made by a normal user stays theirs), else to `nobody`.
 */
export function serverAccount(cluster: string): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(cluster, { throwIfNoEntry: false });
  return owner !== undefined && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody();
}

function nobody(): ServerAccount {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) };
}

/**
 * Whether the account may read the file or directory and pass through every directory above it, by permission bits
 * (access lists are not looked at: they could only make us more careful than needed, or fail with a clear error).
 */
export function isOpenTo(account: ServerAccount | undefined, path: string): boolean {
  if (account === undefined) return true;
  const real = realpathSync(path);
  if (!allows(account, real, statSync(real).isDirectory() ? 0o5 : 0o4)) return false;
  for (let child = real, parent = dirname(real); parent !== child; child = parent, parent = dirname(parent)) {
    if (!allows(account, parent, 0o1)) return false;
  }
  return true;
}

function allows(account: ServerAccount, path: string, bits: number): boolean {
  const { uid, gid, mode } = statSync(path);
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}
