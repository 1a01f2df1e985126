import { randomBytes } from 'node:crypto';
import { opendir, realpath, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { ProviderError } from '../sandbox-provider.js';
import { type Git } from './git.js';
import { gitFailure } from './git-failure.js';
import type { MirrorPlace } from './mirror.js';
import { borrowByRelativePath } from './borrowed-objects.js';
import { readBelow } from './plain-files.js';
import { exists, readRecord, removeTree, type SandboxFiles, writeRecord } from './sandbox-files.js';

const CheckoutDone = Type.Object({
  remote: Type.String(),
  branch: Type.String(),
  commit: Type.String({ pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' }),
});
export type CheckoutDone = Static<typeof CheckoutDone>;

/** What is checked out, or null as long as the checkout is not complete. */
export async function readCheckout(files: SandboxFiles): Promise<CheckoutDone | null> {
  const done = await readRecord(files.checkoutDone, CheckoutDone);
  return done !== null && (await exists(files.checkout)) ? done : null;
}

/**
 * Makes the checkout: a repository of its own that borrows the mirror's objects. (A worktree would
 * share configuration and hooks with ours, and be no faster where it matters.) It is made beside its
 * place and moved there when complete, so that no half of it is ever found, not even one on which a
 * git of a dead Slipway still works.
 * @throws ProviderError, or the signal's reason
 */
export async function makeCheckout(
  git: Git,
  mirror: MirrorPlace,
  files: SandboxFiles,
  wanted: CheckoutDone,
  marker: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const fresh = join(files.root, `checkout.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const own = { cwd: fresh, signal, env: marker };
    await git.run([...['clone', '--quiet', '--shared', '--no-checkout'], '--', mirror.path, fresh], {
      signal,
      env: marker,
      protocol: 'file',
      source: mirror.path,
    });
    await git.run(['config', '--', 'remote.origin.url', wanted.remote], own);
    await git.run(['checkout', '--quiet', '--no-track', '-b', wanted.branch, wanted.commit, '--'], own);
    await removeTree(files.checkout);
    await rename(fresh, files.checkout);
    await borrowByRelativePath(files);
    await writeRecord(files.checkoutDone, wanted);
  } catch (error) {
    await removeTree(fresh).catch(() => undefined);
    throw gitFailure(error, wanted.remote);
  }
}

/** Removes what attempts that died left behind. */
export async function clearHalfCheckouts(files: SandboxFiles): Promise<void> {
  if (!(await exists(files.root))) return;
  for await (const { name } of await opendir(files.root)) {
    if (/^checkout(\.[0-9a-f]+\.tmp)?$/.test(name)) await removeTree(join(files.root, name));
  }
}

/**
 * Copies the task's branch into the mirror, as `refs/kept/<task id>/<branch>`. The checkout belongs to
 * an agent, so no git is run in it: its branch is read as a file and its object folder is lent to the
 * mirror's git, which reads objects and no configuration.
 * @returns whether there was a branch to keep
 * @throws ProviderError, so that the caller does not delete what could not be kept
 */
export async function keepBranch(
  git: Git,
  mirror: MirrorPlace,
  files: SandboxFiles,
  done: CheckoutDone,
  signal: AbortSignal,
): Promise<boolean> {
  const gitDir = join(files.checkout, '.git');
  const objects = join(gitDir, 'objects');
  if ((await realpath(objects).catch(() => '')) !== join(await realpath(files.checkout), '.git', 'objects')) {
    throw new ProviderError('branch_not_kept', 'The checkout has no object folder of its own any more.', {
      retryable: false,
    });
  }
  const commit = await branchCommit(gitDir, done.branch);
  if (commit === null) return false;
  const { path: cwd, lock } = mirror;
  try {
    await git.run(
      ['pack-objects', '--quiet', '--revs', '--non-empty', join(cwd, 'objects', 'pack', 'pack')],
      {
        cwd,
        lock,
        signal,
        env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(objects) },
        input: `${commit}\n^${done.commit}\n`,
      },
    );
    await git.run(['update-ref', `refs/kept/${files.taskId}/${done.branch}`, commit], { cwd, lock, signal });
    return true;
  } catch (error) {
    throw gitFailure(error, done.remote);
  }
}

async function branchCommit(gitDir: string, branch: string): Promise<string | null> {
  const ref = `refs/heads/${branch}`;
  const loose = (await readPlainFile(gitDir, ref))?.trim();
  if (loose !== undefined) return isObjectId(loose) ? loose : null;
  const packed = await readPlainFile(gitDir, 'packed-refs');
  const line = packed?.split('\n').find((text) => text.endsWith(` ${ref}`));
  const commit = line?.split(' ')[0] ?? '';
  return isObjectId(commit) ? commit : null;
}

/** Refs of a large repository, packed, take some megabytes. */
const LARGEST_REFS = 64 << 20;

async function readPlainFile(gitDir: string, name: string): Promise<string | undefined> {
  return (await readBelow(gitDir, name, LARGEST_REFS))?.toString();
}

function isObjectId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
