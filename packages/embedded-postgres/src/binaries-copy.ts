import { lstatSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from './errors.js';

interface Link {
  readonly source: string;
  readonly target: string;
}

/** npm runs the package's own link script only where install scripts are allowed. False when a link cannot be made. */
export async function makeLinks(root: string): Promise<boolean> {
  let links: Link[];
  try {
    links = JSON.parse(readFileSync(join(root, 'pg-symlinks.json'), 'utf8')) as Link[];
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true; // A platform without links.
    throw error;
  }
  for (const { source, target } of links) {
    const path = join(dirname(root), target);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      await symlink(basename(source), path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') return false; // Another start may have made it; else a read-only installation.
    }
  }
  return true;
}

/** Copies whole or not at all; a copy that somebody else could have written is not trusted. */
export async function copyInto(home: string, id: string, source: string): Promise<string> {
  const root = join(home, id, 'native');
  if ((await mkdir(home, { recursive: true })) !== undefined) await chmod(home, 0o755); // Whatever the umask.
  assertOurs(home);
  if (lstatSync(root, { throwIfNoEntry: false }) === undefined) {
    const draft = await mkdtemp(join(home, '.copy-'));
    try {
      await copyTree(source, join(draft, 'native'));
      await chmod(draft, 0o755);
      await makeLinks(join(draft, 'native'));
      await rename(draft, join(home, id));
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error; // Another start was first.
    }
  }
  assertOurs(root);
  return root;
}

function assertOurs(path: string): void {
  const { uid, mode } = lstatSync(path);
  if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0)) {
    throw new Error(`${path} can be written by other users, so programs in it are not run.`);
  }
}

/** Leaves out what only compilers need; makes everything readable whatever the umask of the installation was. */
async function copyTree(source: string, target: string): Promise<void> {
  await mkdir(target);
  await chmod(target, 0o755);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory() && entry.name !== 'pkgconfig' && entry.name !== 'pgxs') await copyTree(from, to);
    if (!entry.isFile() || entry.name.endsWith('.a')) continue; // Links are made afresh.
    await copyFile(from, to);
    await chmod(to, basename(source) === 'bin' ? 0o755 : 0o644);
  }
}
