import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ProviderError } from '../events/provider-error.js';
import { readPlain } from '../platform/plain-files.js';

/** What git reads of a repository, beside the loose objects. */
const PARTS = ['HEAD', 'config', 'packed-refs', 'refs', 'objects', 'objects/pack', 'objects/info'];
/** Of it, what git opens as a file: for a pipe in its place it would wait for ever. */
const FILES = ['HEAD', 'config', 'packed-refs'];
const LARGEST = 1 << 20;
/** Loose refs and their folders that are looked through. */
const MOST_REFS = 1_000_000;
/** Git itself follows no more. */
const MOST_BORROWED = 5;

/**
 * Checks that a repository on this disk lies below the allowed folders with all that git would hand out of it, and
 * that it has all of its objects: git follows links, `.git` files and lists of other object folders.
 * @param roots without links
 * @throws ProviderError
 */
export async function checkLocalRepository(path: string, roots: readonly string[]): Promise<void> {
  const gitDir = (await existing(join(path, '.git'))) ?? path;
  if ((await lstat(gitDir)).isFile()) {
    refuse(path, '.git is a file that names another folder; use the repository itself');
  }
  if ((await existing(join(gitDir, 'commondir'))) !== undefined) {
    refuse(path, 'it is a worktree of another repository; use the repository itself');
  }
  await checkInside(path, gitDir, roots);
  for (const part of PARTS) await checkInside(path, join(gitDir, part), roots);
  for (const part of FILES) {
    const at = await stat(join(gitDir, part)).catch(() => undefined);
    if (at?.isFile() === false) refuse(path, `its ${part} is no file`);
  }
  await checkRefs(path, gitDir, roots);
  await checkObjects(path, join(gitDir, 'objects'), roots, 0);
}

/** Git opens every loose ref as a file, and would wait at a named pipe for ever. */
async function checkRefs(path: string, gitDir: string, roots: readonly string[]): Promise<void> {
  const folders = ['refs'];
  for (let seen = 0, folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(join(gitDir, folder), { withFileTypes: true }).catch(() => [])) {
      if (++seen > MOST_REFS)
        refuse(path, `it has more than ${MOST_REFS} refs in files; run "git pack-refs --all" there`);
      const name = `${folder}/${entry.name}`;
      if (entry.isSymbolicLink()) await checkInside(path, join(gitDir, name), roots);
      const what = entry.isSymbolicLink() ? await stat(join(gitDir, name)).catch(() => undefined) : entry;
      if (entry.isDirectory()) folders.push(name);
      else if (what?.isFile() === false && !what.isDirectory())
        refuse(path, `its ${name} is no file: delete it there`);
    }
  }
}

async function checkObjects(
  path: string,
  objects: string,
  roots: readonly string[],
  depth: number,
): Promise<void> {
  for (const folder of [objects, join(objects, 'pack')]) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (entry.isSymbolicLink()) await checkInside(path, join(folder, entry.name), roots);
      if (entry.name.endsWith('.promisor')) {
        throw new ProviderError(
          'repository_unsupported',
          `${path} is a partial clone (made with --filter) and lacks objects. Use a complete repository.`,
        );
      }
    }
  }
  const file = join(objects, 'info', 'alternates');
  if ((await existing(file)) === undefined) return;
  const text = (await readPlain(file, LARGEST))?.toString();
  if (text === undefined || depth > MOST_BORROWED)
    return refuse(path, 'objects/info/alternates cannot be read');
  for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    if (line.startsWith('"')) refuse(path, 'objects/info/alternates has a quoted path');
    const other = resolve(objects, line);
    await checkInside(path, other, roots, 'a folder that it borrows objects from');
    await checkObjects(path, other, roots, depth + 1);
  }
}

/** What is not there leads nowhere. */
async function checkInside(
  path: string,
  part: string,
  roots: readonly string[],
  name = `its ${part.slice(path.length + 1) || 'folder'}`,
): Promise<void> {
  const real = await realpath(part).catch(() => undefined);
  if (real === undefined && (await existing(part)) === undefined) return;
  const inside = roots.some((root) => real === root || real?.startsWith(root === '/' ? '/' : `${root}/`));
  if (!inside) refuse(path, `${name} leads out of the folders that are allowed`);
}

async function existing(path: string): Promise<string | undefined> {
  return lstat(path).then(
    () => path,
    () => undefined,
  );
}

function refuse(path: string, why: string): never {
  throw new ProviderError('remote_refused', `${path} cannot be used as a remote: ${why}.`);
}
