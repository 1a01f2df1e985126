import { entriesBelow, readBelow } from '../../platform/plain-files.js';
import type { Git } from '../../repository/git.js';
import { notKept } from './kept-failure.js';
import type { Tip } from '../../repository/checkout-tips.js';

const LOGS = '.git/logs';
const LARGEST_LOG = 64 << 20;
const MOST_LOGS = 100_000;
const MOST_LEVELS = 20;
const MOST_COMMITS = 1_000_000;
/** What these name is on its way into a branch, or was just left. */
const PSEUDO_REFS = ['ORIG_HEAD', 'MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'REBASE_HEAD'];
const ZERO = '0'.repeat(40);

/** The objects that the checkout's logs say its refs were at, and those of a merge that is under way. */
export async function loggedObjects(checkout: string): Promise<Set<string>> {
  const found = new Set<string>();
  const take = (text: string) => {
    for (const line of text.split('\n'))
      for (const id of [line.slice(0, 40), line.slice(41, 81)])
        if (/^[0-9a-f]{40}$/.test(id) && id !== ZERO) found.add(id);
    if (found.size > MOST_COMMITS) throw notKept('its logs name too many commits');
  };
  const folders = [LOGS];
  for (const { name } of (await entriesBelow(checkout, '.git/worktrees', MOST_LOGS)) ?? [])
    folders.push(`.git/worktrees/${name}/logs`);
  for (const folder of folders) await readLogs(checkout, folder, 1, take);
  for (const name of PSEUDO_REFS)
    take((await readBelow(checkout, `.git/${name}`, LARGEST_LOG))?.toString() ?? '');
  return found;
}

async function readLogs(
  checkout: string,
  path: string,
  level: number,
  take: (text: string) => void,
): Promise<void> {
  // What was fetched from the remote is there, too.
  if (path === `${LOGS}/refs/remotes/origin`) return;
  if (level > MOST_LEVELS) throw notKept(`"${path}" has too many levels`);
  for (const entry of (await entriesBelow(checkout, path, MOST_LOGS)) ?? []) {
    const file = `${path}/${entry.name}`;
    if (entry.isDirectory()) await readLogs(checkout, file, level + 1, take);
    else {
      const text = await readBelow(checkout, file, LARGEST_LOG);
      if (text === undefined) throw notKept(`"${file}" cannot be read`);
      take(text.toString());
    }
  }
}

/**
 * Commits that were made, and left by a reset or an amend, say: of those that no tip leads to the last ones, as
 * `reflog-1`, … What git has removed meanwhile is gone.
 * @param gitDir a repository of ours with the checkout's objects
 * @param kept what is kept anyway, or the remote has
 */
export async function abandonedTips(
  git: Git,
  gitDir: string,
  logged: ReadonlySet<string>,
  kept: Iterable<string>,
  signal: AbortSignal,
): Promise<Tip[]> {
  if (logged.size === 0) return [];
  const call = { signal, env: { GIT_DIR: gitDir }, mostOutput: 256 << 20 };
  const asked = await git.run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    ...call,
    input: [...logged].map((id) => `${id}\n`).join(''),
  });
  const commits = asked.split('\n').filter((line) => line.endsWith(' commit'));
  if (commits.length === 0) return [];
  const lines = [...commits.map((line) => line.slice(0, 40)), ...[...kept].map((id) => `^${id}`)];
  const input = lines.map((line) => `${line}\n`).join('');
  const args = ['rev-list', '--parents', '--topo-order', `--max-count=${MOST_COMMITS}`, '--stdin'];
  const left = (await git.run(args, { ...call, input })).split('\n').filter((line) => line !== '');
  const followed = new Set(left.flatMap((line) => line.split(' ').slice(1)));
  return left
    .map((line) => line.slice(0, 40))
    .filter((id) => !followed.has(id))
    .map((object, index) => ({ name: `reflog-${index + 1}`, object }));
}
