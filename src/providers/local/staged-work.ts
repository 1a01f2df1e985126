import { join } from 'node:path';
import { notKept } from './kept-failure.js';
import type { WorkFolder } from '../../repository/checkout-tips.js';
import type { Git, GitCall } from '../../repository/git.js';
import { createPlain, exists, readBelow } from '../../platform/plain-files.js';
import { COMMITTER, MOST_PATHS_OUTPUT } from './uncommitted-work.js';

/** Two million entries, roughly. */
const LARGEST_INDEX = 256 << 20;
const EMPTY_BLOB = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

/**
 * Makes a commit of what was staged, where some of it is neither in the folder's HEAD nor in its files. To be called after
 * `commitUncommitted`, whose index tells what is in the files. Git reads the agent's index, as a copy in a repository of ours.
 * @returns the commit, or null when nothing would be lost without it
 * @throws ProviderError when the index cannot be read
 */
export async function commitStaged(
  git: Git,
  gitDir: string,
  checkout: string,
  { name, head, index }: WorkFolder,
  signal: AbortSignal,
): Promise<string | null> {
  const bytes = await readBelow(checkout, index, LARGEST_INDEX);
  if (bytes === undefined && (await exists(join(checkout, index))))
    throw notKept(`"${index}" cannot be read`);
  if (bytes === undefined) return null;
  const copy = `${name}.staged`;
  const handle = await createPlain(join(gitDir, copy), 0o600);
  await handle.writeFile(bytes).finally(() => handle.close());
  const withIndex = (file: string): GitCall => ({
    signal,
    mostOutput: MOST_PATHS_OUTPUT,
    env: { GIT_DIR: gitDir, GIT_INDEX_FILE: join(gitDir, file), ...COMMITTER },
  });
  const call = withIndex(`${name}.tree`);
  const list = async (args: readonly string[], file: string) =>
    entriesOf(await git.run([...args, '-z'], withIndex(file)));
  const staged = await list(['ls-files', '--stage'], copy);
  const inFiles = await list(['ls-files', '--stage'], name);
  const inHead =
    head === undefined ? new Map<string, string>() : await list(['ls-tree', '-r', '--full-tree', head], name);
  const isLost = ([path, entry]: [string, string]) =>
    !entry.endsWith(EMPTY_BLOB) && entry !== inHead.get(path) && entry !== inFiles.get(path);
  if (![...staged].some(isLost)) return null;
  await git.run(['hash-object', '-w', '--stdin'], { ...call, input: '' });
  const input = [...staged].map(([path, entry]) => `${entry}\t${path}\0`).join('');
  await git.run(['update-index', '-z', '--index-info'], { ...call, input });
  const tree = (await git.run(['write-tree'], call)).trim();
  const parent = head === undefined ? [] : ['-p', head];
  const message = ['-m', 'What was staged, as the sandbox was destroyed'];
  return (await git.run(['commit-tree', tree, ...parent, ...message], call)).trim();
}

/** `<mode> <object>` by path. Of a file that is in conflict, the side that was there before the merge. */
function entriesOf(output: string): Map<string, string> {
  if (output.includes('\ufffd')) throw notKept('it has files whose names are not UTF-8');
  const entries = new Map<string, string>();
  for (const line of output.split('\0')) {
    const tab = line.indexOf('\t');
    // ls-files: mode, object, stage; ls-tree: mode, type, object.
    const [mode = '', second = '', third = ''] = line.slice(0, Math.max(tab, 0)).split(' ');
    if (second.length === 40 ? third === '0' || third === '2' : third !== '')
      entries.set(line.slice(tab + 1), `${mode} ${second.length === 40 ? second : third}`);
  }
  return entries;
}
