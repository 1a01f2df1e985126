import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, readBelow, readPlain, writeText } from '../platform/plain-files.js';
import { blockingFile } from './blocking-files.js';
import { unreadable } from './checkout-tips.js';
import { type Git, type GitCall, GitError } from './git.js';

/** What a checkout's files are like for git, whatever its own configuration says. */
export const WORK_TREE_CONFIG = [
  ...['core.fileMode=true', 'core.symlinks=true', 'core.autocrlf=false', 'core.safecrlf=false'],
  ...['core.protectNTFS=false', 'core.protectHFS=false', 'core.bare=false'],
];

const LARGEST_EXCLUDE = 1 << 20;
/** A million paths are about 100 MB. */
const MOST_PATHS_OUTPUT = 256 << 20;
/** The index in our own repository that is as HEAD is, with what git knows of the checkout's files; and of which commit it is. */
export const INDEX = 'index';
const INDEX_OF = 'index-of';

/** The paths that are not committed: what git says of a folder that others write, so no more than a hint. */
export interface Uncommitted {
  /** Whether `.gitattributes` may say how content is written, in HEAD or in the files. */
  readonly hasAttributes: boolean;
  /** Of HEAD, and otherwise or gone. */
  readonly changed: readonly string[];
  readonly untracked: readonly string[];
}

/**
 * Which files of a checkout are not as HEAD has them. Git is given a repository of ours, so that it has neither the agent's
 * configuration, hooks and filters, nor its index, and never looks into other repositories below.
 * @param own a call in `ownGitDir`
 * @throws UnreadableCheckoutError, GitError
 */
export async function uncommittedPaths(
  git: Git,
  own: GitCall,
  { folder, ownGitDir }: { folder: string; ownGitDir: string },
  head: string | null,
): Promise<Uncommitted> {
  const blocking = await blockingFile(folder, own.signal);
  if (blocking !== null) throw unreadable(`"${blocking}" is no file`);
  const exclude = join(ownGitDir, 'exclude');
  await writeText(
    exclude,
    ((await readBelow(folder, '.git/info/exclude', LARGEST_EXCLUDE)) ?? '').toString(),
  );
  const call: GitCall = {
    ...own,
    mostOutput: MOST_PATHS_OUTPUT,
    config: [...WORK_TREE_CONFIG, `core.excludesFile=${exclude}`],
    env: { ...own.env, GIT_WORK_TREE: folder, GIT_INDEX_FILE: join(ownGitDir, INDEX) },
  };
  await indexOf(git, call, ownGitDir, head);
  await git.run(['update-index', '-q', '--refresh'], call).catch((error: unknown) => {
    // That some are not as HEAD has them is told by its exit code.
    if (!(error instanceof GitError) || error.code !== 1) throw error;
  });
  const list = ['ls-files', '-z', '-t', '--modified', '--deleted', '--others', '--exclude-standard'];
  const lines = (await git.run(list, call)).split('\0').filter((line) => line !== '');
  const of = (tags: string) =>
    new Set(lines.filter((line) => tags.includes(line[0]!)).map((line) => line.slice(2)));
  const [changed, untracked] = [[...of('CR')], [...of('?')]];
  const isAttributes = (path: string) => /(^|\/)\.gitattributes$/.test(path);
  const committed = await git.run(['ls-files', '-z', '--', ':(top,glob)**/.gitattributes'], {
    ...call,
    env: { ...call.env, GIT_LITERAL_PATHSPECS: '0' },
  });
  const hasAttributes = committed !== '' || untracked.some(isAttributes);
  return { changed, untracked, hasAttributes };
}

/** Has our index be as the commit is; what it knows of files that are the same there stays, so that they are not read again. */
async function indexOf(git: Git, call: GitCall, ownGitDir: string, head: string | null): Promise<void> {
  const note = join(ownGitDir, INDEX_OF);
  const wanted = head ?? 'none';
  if ((await readPlain(note, 100))?.toString() === wanted) return;
  await unlink(note).catch(() => undefined);
  const index = join(ownGitDir, INDEX);
  const isThere = await exists(index);
  await git.run(
    ['read-tree', ...(head === null ? ['--empty'] : isThere ? ['-i', '-m', head] : [head])],
    call,
  );
  // Git would look into the repositories of submodules.
  const entries = (await git.run(['ls-files', '-z', '--stage'], call)).split('\0');
  const submodules = entries.filter((line) => line.startsWith('160000 '));
  if (submodules.length > 0) {
    const input = submodules.map((line) => `${line.slice(line.indexOf('\t') + 1)}\0`).join('');
    await git.run(['update-index', '--skip-worktree', '-z', '--stdin'], { ...call, input });
  }
  await writeText(note, wanted);
}
