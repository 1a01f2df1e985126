import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { notKept } from './kept-failure.js';
import type { WorkFolder } from '../../repository/checkout-tips.js';
import type { Git, GitCall } from '../../repository/git.js';
import { blockingFile } from '../../repository/blocking-files.js';
import { exists, readBelow, writeText } from '../../platform/plain-files.js';

/** What a checkout's files are like for git, whatever its own configuration says. */
const CONFIG = [
  ...['core.fileMode=true', 'core.symlinks=true', 'core.autocrlf=false', 'core.safecrlf=false'],
  ...['core.protectNTFS=false', 'core.protectHFS=false', 'core.bare=false'],
];
/** Of the commits that we make. */
export const COMMITTER = {
  ...{ GIT_AUTHOR_NAME: 'Slipway', GIT_COMMITTER_NAME: 'Slipway' },
  ...{ GIT_AUTHOR_EMAIL: 'slipway@slipway.invalid', GIT_COMMITTER_EMAIL: 'slipway@slipway.invalid' },
};

/** A million paths are about 100 MB. */
export const MOST_PATHS_OUTPUT = 256 << 20;
const MIB = 1 << 20;
const LARGEST_EXCLUDE = 1 << 20;

interface Tracked {
  readonly mode: string;
  readonly size: number;
}

/**
 * Makes a commit of what is in a folder of an agent's and in no commit: changed files and new ones, without those
 * that are ignored. Git works in a repository of ours (`gitDir`), so that it has neither the agent's
 * configuration, hooks and filters, nor its index; it never looks into other repositories below.
 * @returns the commit, or null when all is committed
 * @throws ProviderError when something there cannot be kept
 */
export async function commitUncommitted(
  git: Git,
  gitDir: string,
  folder: WorkFolder,
  worktrees: ReadonlySet<string>,
  mostBytes: number,
  signal: AbortSignal,
): Promise<string | null> {
  const blocking = await blockingFile(folder.path, signal);
  if (blocking !== null) throw notKept(`"${blocking}" is no file`);
  const exclude = (await readBelow(folder.path, '.git/info/exclude', LARGEST_EXCLUDE)) ?? '';
  await writeText(join(gitDir, 'exclude'), exclude.toString());
  const call: GitCall = {
    signal,
    mostOutput: MOST_PATHS_OUTPUT,
    config: [...CONFIG, `core.excludesFile=${join(gitDir, 'exclude')}`],
    env: {
      ...{ GIT_DIR: gitDir, GIT_WORK_TREE: folder.path, GIT_INDEX_FILE: join(gitDir, folder.name) },
      ...COMMITTER,
    },
  };
  await git.run(['read-tree', folder.head ?? '--empty'], call);
  const tracked = await trackedPaths(git, folder.head, call);
  const others = paths(await git.run(['ls-files', '-z', '--others', '--exclude-standard'], call));
  const found = await lookAt(folder.path, tracked, others, worktrees, mostBytes);
  const nothing = '0'.repeat(40);
  const gone = found.gone.map((path) => `0 ${nothing}\t${path}\0`).join('');
  const there = found.there.map((path) => `${path}\0`).join('');
  if (gone !== '') await git.run(['update-index', '-z', '--index-info'], { ...call, input: gone });
  if (there !== '') {
    await git.run(['update-index', '--add', '--replace', '-z', '--stdin'], { ...call, input: there });
  }
  const tree = (await git.run(['write-tree'], call)).trim();
  const parent = folder.head === undefined ? [] : ['-p', folder.head];
  const before =
    folder.head === undefined
      ? await git.run(['hash-object', '-t', 'tree', '/dev/null'], call)
      : await git.run(['rev-parse', '--verify', '--end-of-options', `${folder.head}^{tree}`], call);
  if (tree === before.trim()) return null;
  const message = ['-m', 'Uncommitted work, as the sandbox was destroyed'];
  return (await git.run(['commit-tree', tree, ...parent, ...message], call)).trim();
}

async function trackedPaths(
  git: Git,
  head: string | undefined,
  call: GitCall,
): Promise<Map<string, Tracked>> {
  if (head === undefined) return new Map();
  const lines = paths(await git.run(['ls-tree', '-r', '-z', '-l', '--full-tree', head], call));
  return new Map(
    lines.map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', , , size = ''] = line.slice(0, tab).split(/ +/);
      return [line.slice(tab + 1), { mode, size: Number(size) || 0 }];
    }),
  );
}

function paths(output: string): string[] {
  if (output.length >= MOST_PATHS_OUTPUT) throw notKept('it has too many files');
  // What git printed was not UTF-8.
  if (output.includes('\ufffd')) throw notKept('it has files whose names are not UTF-8');
  return output.split('\0').filter((path) => path !== '');
}

/** Sorts the paths by what is there now. A folder on the way that is a link leads elsewhere: nothing is there then. */
async function lookAt(
  root: string,
  tracked: ReadonlyMap<string, Tracked>,
  others: readonly string[],
  worktrees: ReadonlySet<string>,
  mostBytes: number,
): Promise<{ there: string[]; gone: string[] }> {
  const folders = new Map<string, Promise<boolean>>();
  const isFolder = (path: string): Promise<boolean> => {
    const known = folders.get(path);
    if (known) return known;
    const parent = path.includes('/')
      ? isFolder(path.slice(0, path.lastIndexOf('/')))
      : Promise.resolve(true);
    const answer = parent.then(async (ok) => ok && (await statOf(join(root, path)))?.isDirectory() === true);
    folders.set(path, answer);
    return answer;
  };
  const there: string[] = [];
  const gone: string[] = [];
  let bytes = 0;
  for (const path of new Set([...tracked.keys(), ...others])) {
    if (path.endsWith('/')) {
      if (worktrees.has(join(root, path.slice(0, -1)))) continue;
      throw notKept(`it holds another repository in "${path}", whose commits would be lost`);
    }
    const was = tracked.get(path);
    const reachable = !path.includes('/') || (await isFolder(path.slice(0, path.lastIndexOf('/'))));
    const stat = reachable ? await statOf(join(root, path)) : undefined;
    if (was?.mode === '160000') {
      if (stat && (await exists(join(root, path, '.git')))) {
        throw notKept(`it holds the repository of a submodule in "${path}", whose commits would be lost`);
      }
      if (!stat?.isDirectory()) gone.push(path);
    } else if (stat?.isFile() || stat?.isSymbolicLink()) {
      there.push(path);
      if (stat.size !== was?.size) bytes += stat.size;
      if (bytes > mostBytes)
        throw notKept(
          `more than ${Math.floor(mostBytes / MIB)} MiB of it are not committed: commit or remove what is large, or raise SLIPWAY_KEEP_UNCOMMITTED_MIB`,
        );
    } else if (was) gone.push(path);
  }
  return { there, gone };
}

const statOf = (path: string) => lstat(path).catch(() => undefined);
