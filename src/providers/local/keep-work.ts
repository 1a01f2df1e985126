import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import type { KeptWork } from '../sandbox-provider.js';
import type { CheckoutDone } from './checkout.js';
import { gatherObjects } from '../../repository/checkout-objects.js';
import {
  type CheckoutTips,
  readTips,
  type Tip,
  UnreadableCheckoutError,
} from '../../repository/checkout-tips.js';
import { notKept } from './kept-failure.js';
import { type Git, GitError, LOCK_TIMEOUT_CODE } from '../../repository/git.js';
import { MOST_REFS_OUTPUT, REMOTE_REFS, refObjects } from '../../repository/ref-objects.js';
import { gitFailure } from '../../repository/git-failure.js';
import { isWhole } from './mirror-health.js';
import type { MirrorPlace } from './mirror-place.js';
import { makeFolders, readRecord, type SandboxFiles, writeRecord } from './sandbox-files.js';
import { removeTree } from '../../platform/remove-tree.js';
import { abandonedTips, loggedObjects } from './abandoned-commits.js';
import { commitStaged } from './staged-work.js';
import { commitUncommitted } from './uncommitted-work.js';

const Kept = Type.Object({
  where: Type.String(),
  refs: Type.Array(Type.Object({ name: Type.String(), commit: Type.String() })),
});

/** What was kept of a task, if it was; it says so also when nothing else of the sandbox is left. */
export async function readKept(files: SandboxFiles): Promise<KeptWork | undefined> {
  return (await readRecord(files.kept, Kept)) ?? undefined;
}

/**
 * Copies all work of a checkout into its mirror: every branch, HEAD, stashes, tags that are its own, HEADs of
 * worktrees, commits that its logs name and no branch leads to, and as commits what is staged or not committed, as `refs/kept/<task id>/…`. It is noted down in a
 * record outside of the sandbox then. Each step may be repeated after a kill.
 *
 * The checkout belongs to an agent, so no git is run in it, and none reads its configuration or refs:
 * a repository of ours gets its object files under second names, a copy of its index, and the refs that we read
 * as files. The mirror fetches from that, which checks every object's content and that none is missing.
 * @param mostUncommittedBytes more than this in one folder that is in no commit cannot be kept
 * @throws ProviderError, so that the caller does not delete what could not be kept
 */
export async function keepWork(
  git: Git,
  mirror: MirrorPlace,
  files: SandboxFiles,
  done: CheckoutDone,
  mostUncommittedBytes: number,
  signal: AbortSignal,
): Promise<KeptWork> {
  const gathered = `${mirror.path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const checkout = await readTips(files.checkout, files.root);
    if (!(await isWhole(mirror.path))) throw notKept('the mirror that it borrows its objects from is gone');
    await gatherObjects(git, files.checkout, gathered, [mirror.path], signal);
    // What the remote has, and the commit that the checkout began at.
    const theirs = (await refObjects(git, { cwd: mirror.path, signal }, REMOTE_REFS)).add(done.commit);
    const tips = ownTips(checkout.tips, done, theirs);
    const kept = [...tips.map(({ object }) => object), ...theirs];
    tips.push(...(await abandonedTips(git, gathered, await loggedObjects(files.checkout), kept, signal)));
    tips.push(
      ...(await uncommittedTips(git, gathered, files.checkout, checkout, mostUncommittedBytes, signal)),
    );
    if (tips.length > 0) await bringInto(git, mirror, files, gathered, tips, signal);
    const work = { where: mirror.path, refs: await keptRefs(git, mirror, files, signal) };
    await makeFolders(join(files.kept, '..'));
    await writeRecord(files.kept, work);
    return work;
  } catch (error) {
    throw keepingFailure(error, done.remote);
  } finally {
    await removeTree(gathered);
  }
}

/** Without what the remote has as well: mostly its tags, and the branch that a clone makes by itself. */
function ownTips(tips: readonly Tip[], done: CheckoutDone, known: ReadonlySet<string>): Tip[] {
  const always = [`heads/${done.branch}`, 'HEAD'];
  return tips.filter(({ name, object }) => always.includes(name) || !known.has(object));
}

async function uncommittedTips(
  git: Git,
  gathered: string,
  checkout: string,
  { folders }: CheckoutTips,
  mostBytes: number,
  signal: AbortSignal,
): Promise<Tip[]> {
  const known = new Set(folders.map(({ path }) => path));
  const tips: Tip[] = [];
  for (const folder of folders) {
    const object = await commitUncommitted(git, gathered, folder, known, mostBytes, signal);
    if (object !== null) tips.push({ name: folder.name, object });
    const staged = await commitStaged(git, gathered, checkout, folder, signal);
    if (staged !== null) tips.push({ name: folder.name.replace('uncommitted', 'staged'), object: staged });
  }
  return tips;
}

async function bringInto(
  git: Git,
  { path: cwd, lock }: MirrorPlace,
  { taskId }: SandboxFiles,
  gathered: string,
  tips: readonly Tip[],
  signal: AbortSignal,
): Promise<void> {
  const input = tips.map(({ name, object }) => `create refs/tips/${name}\0${object}\0`).join('');
  await git.run(['update-ref', '-z', '--stdin'], { signal, env: { GIT_DIR: gathered }, input });
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];
  await git.run(['fetch', ...quiet, '--', gathered, `+refs/tips/*:refs/kept/${taskId}/*`], {
    ...{ cwd, lock, signal, protocol: 'file' as const },
    // Nothing of it may be lost once the original is deleted.
    config: ['core.fsync=all'],
  });
}

async function keptRefs(
  git: Git,
  { path: cwd }: MirrorPlace,
  { taskId }: SandboxFiles,
  signal: AbortSignal,
): Promise<{ name: string; commit: string }[]> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', '--', `refs/kept/${taskId}/`];
  const lines = (await git.run(args, { cwd, signal, mostOutput: MOST_REFS_OUTPUT })).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => ({ commit: line.slice(0, 40), name: line.slice(41) }));
}

/** Git's own words for what is wrong with the checkout; only a busy mirror or a full disk is worth another attempt. */
function keepingFailure(error: unknown, remote: string): unknown {
  if (error instanceof UnreadableCheckoutError) return notKept(error.message, error);
  if (!(error instanceof GitError)) return error;
  const busy = error.code === null || error.code === LOCK_TIMEOUT_CODE;
  if (busy || /No space left on device|Disk quota exceeded/.test(error.stderr))
    return gitFailure(error, remote);
  return notKept(error.message.replaceAll('\n', ' '), error);
}
