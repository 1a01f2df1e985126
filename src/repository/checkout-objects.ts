import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { entriesBelow, linkBelow, writeText } from '../platform/plain-files.js';
import { removeTree } from '../platform/remove-tree.js';
import type { CheckoutPlace } from './checkout-place.js';
import { unreadable } from './checkout-tips.js';
import type { Git, GitCall } from './git.js';
import { MOST_REFS_OUTPUT, refObjects } from './ref-objects.js';

const OBJECTS = '.git/objects';
const MOST_OBJECTS = 1_000_000;

/**
 * Makes a bare repository of ours with the object files of an agent's checkout, under second names, so that git reads them
 * without its configuration, its alternates or its links. What is in them is not checked: whoever fetches from it does so.
 * @param into the new repository's folder, on the file system of the checkout
 * @param alternates repositories of ours whose objects the checkout borrows
 * @throws UnreadableCheckoutError
 */
export async function gatherObjects(
  git: Git,
  checkout: string,
  into: string,
  alternates: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const folders = await entriesBelow(checkout, OBJECTS, MOST_OBJECTS);
  if (!folders) throw unreadable('it has no object folder of its own any more');
  await git.run(['init', '--quiet', '--bare', '--template=', '--', into], { signal });
  for (const { name } of folders) {
    signal.throwIfAborted();
    const pattern = name === 'pack' ? /^pack-[0-9a-f]{40}\.(pack|idx)$/ : /^[0-9a-f]{38}$/;
    if (name !== 'pack' && !/^[0-9a-f]{2}$/.test(name)) continue;
    const target = join(into, 'objects', name);
    await linkBelow(checkout, `${OBJECTS}/${name}`, { name: pattern, into: target, most: MOST_OBJECTS });
  }
  await mkdir(join(into, 'objects', 'info'), { recursive: true });
  const lines = alternates.map((repository) => `${join(repository, 'objects')}\n`);
  await writeText(join(into, 'objects', 'info', 'alternates'), lines.join(''));
}

/**
 * Has a repository of ours hold the wanted objects of a checkout with all that they lead to: git checks each object's
 * content and that none is missing, and `refs/tips/<object>` says so then. What is nowhere is left out.
 * @param own the call that works in the repository
 * @throws UnreadableCheckoutError, or GitError when objects are not what their names say or lead to others that are missing
 */
export async function bringObjects(
  git: Git,
  own: GitCall,
  { folder, ownGitDir, borrows, start, upstream }: CheckoutPlace,
  wanted: ReadonlySet<string>,
): Promise<void> {
  const { signal } = own;
  const brought = await refObjects(git, own, ['refs/tips']);
  let missing = [...wanted].filter((id) => !brought.has(id));
  // That an object is there says nothing of what it leads to, but in a repository that takes in whole histories alone.
  for (const path of borrows)
    missing = await missingObjects(git, { signal, env: { GIT_DIR: path } }, missing);
  if (missing.length === 0) return;
  const gathered = `${ownGitDir}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await gatherObjects(git, folder, gathered, [...borrows, ownGitDir], signal);
    const from = { signal, env: { GIT_DIR: gathered } };
    const absent = new Set(await missingObjects(git, from, missing));
    const there = missing.filter((id) => !absent.has(id));
    if (there.length === 0) return;
    const input = there.map((id) => `create refs/tips/${id}\0${id}\0`).join('');
    await git.run(['update-ref', '-z', '--stdin'], { ...from, input });
    // So that what lies before them is neither sent nor looked through.
    const known = [...new Set([start, upstream])].map((id) => `update refs/known/${id}\0${id}\0\0`);
    await git.run(['update-ref', '-z', '--stdin'], { ...own, input: known.join('') });
    const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];
    await git.run(['fetch', ...quiet, '--', gathered, '+refs/tips/*:refs/tips/*'], {
      ...own,
      protocol: 'file',
    });
    const left = [...brought].filter((id) => !wanted.has(id)).map((id) => `delete refs/tips/${id}\0\0`);
    if (left.length > 0) await git.run(['update-ref', '-z', '--stdin'], { ...own, input: left.join('') });
  } finally {
    await removeTree(gathered);
  }
}

async function missingObjects(git: Git, call: GitCall, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const input = ids.map((id) => `${id}\n`).join('');
  const answers = await git.run(['cat-file', '--batch-check'], {
    ...call,
    input,
    mostOutput: MOST_REFS_OUTPUT,
  });
  return answers
    .split('\n')
    .filter((line) => line.endsWith(' missing'))
    .map((line) => line.slice(0, 40));
}
