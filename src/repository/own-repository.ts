import { join } from 'node:path';
import { exists, readPlain, writeText } from '../platform/plain-files.js';
import { removeTree } from '../platform/remove-tree.js';

const LARGEST_CONFIG = 64 << 10;

/**
 * What git reads in a bare repository and nothing of ours puts there: other configuration, other
 * places for it, hooks, attributes, other histories and other people's objects.
 */
const FOREIGN = [
  ...[
    'config.worktree',
    // Where git looks first when it is given a folder.
    '.git',
    'commondir',
    'gitdir',
    'worktrees',
    'modules',
    'hooks',
    'info',
    'remotes',
    'branches',
  ],
  ...['objects/info/alternates', 'objects/info/http-alternates', 'refs/replace'],
];

/**
 * Brings a bare repository of ours back to the configuration that we gave it, before git reads any of it:
 * git runs programs that a configuration names, and nothing but a namespace keeps agents from
 * writing there. Only the kind of its object ids is taken over. Nothing is written where all is well.
 */
export async function restoreOwnRepository(path: string): Promise<void> {
  if (!(await exists(join(path, 'HEAD')))) return;
  const file = join(path, 'config');
  const text = (await readPlain(file, LARGEST_CONFIG))?.toString() ?? '';
  const wanted = configOf(/^\s*objectformat\s*=\s*sha256\s*$/im.test(text));
  if (text !== wanted) {
    // A rename replaces a file or link, but no folder.
    if (await exists(join(file, '.'))) await removeTree(file);
    await writeText(file, wanted);
  }
  await removeForeign(path);
}

/** Removes what nothing of ours puts into a bare repository and git would act upon. */
export async function removeForeign(path: string): Promise<void> {
  for (const name of FOREIGN) await removeTree(join(path, name));
}

function configOf(sha256: boolean): string {
  const core = (version: number) => `[core]\n\trepositoryformatversion = ${version}\n\tbare = true\n`;
  return sha256 ? `${core(1)}[extensions]\n\tobjectFormat = sha256\n` : core(0);
}
