import { randomBytes } from 'node:crypto';
import { opendir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { type Git } from '../../repository/git.js';
import { gitFailure } from '../../repository/git-failure.js';
import { checkoutNotices } from './checkout-notices.js';
import type { MirrorPlace } from './mirror-place.js';
import { borrowByRelativePath } from './borrowed-objects.js';
import { markerOf } from './process-tree.js';
import type { FetchedSubmodules } from './submodules.js';
import { readRecord, type SandboxFiles, writeRecord } from './sandbox-files.js';
import { removeTree } from '../../platform/remove-tree.js';
import { entriesBelow, exists } from '../../platform/plain-files.js';
import { SETUP_FILE } from '../../events/task/vocabulary.js';

const MOST_ENTRIES = 10_000;

const CheckoutDone = Type.Object({
  remote: Type.String(),
  branch: Type.String(),
  commit: Type.String({ pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' }),
  notices: Type.Optional(Type.Array(Type.String())),
  setupScript: Type.Optional(Type.Boolean()),
  /** Which variables its programs get. */
  envId: Type.Optional(Type.String({ maxLength: 100 })),
  /** Whose it is. */
  workspaceId: Type.Optional(Type.String()),
});
export type CheckoutDone = Static<typeof CheckoutDone>;

/** What is checked out, or null as long as the checkout is not complete. */
export async function readCheckout(files: SandboxFiles): Promise<CheckoutDone | null> {
  const done = await readCheckoutRecord(files);
  return done !== null && (await exists(files.checkout)) ? done : null;
}

/** What was checked out, also when it is not there any more. */
export async function readCheckoutRecord(files: SandboxFiles): Promise<CheckoutDone | null> {
  return readRecord(files.checkoutDone, CheckoutDone);
}

/**
 * Makes the checkout: a repository of its own that borrows the mirror's objects. (A worktree would
 * share configuration and hooks with ours, and be no faster where it matters.) It is made beside its
 * place and moved there when complete, so that no half of it is ever found, not even one on which a
 * git of a dead Slipway still works.
 * @param how `handOver` gives it to whom the sandbox's programs run as
 * @throws ProviderError, or the signal's reason
 */
export async function makeCheckout(
  git: Git,
  mirror: MirrorPlace,
  files: SandboxFiles,
  wanted: CheckoutDone,
  how: {
    readonly handOver: (folder: string) => Promise<void>;
    readonly fetchSubmodules?: (checkout: string) => Promise<FetchedSubmodules>;
    readonly signal: AbortSignal;
  },
): Promise<CheckoutDone> {
  const { handOver, fetchSubmodules, signal } = how;
  const marker = markerOf(files.taskId);
  const fresh = join(files.root, `checkout.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const own = { tree: fresh, signal, env: marker };
    await git.run([...['clone', '--quiet', '--shared', '--no-checkout'], '--', mirror.path, fresh], {
      signal,
      env: marker,
      protocol: 'file',
      source: mirror.path,
    });
    await git.run(['config', '--', 'remote.origin.url', wanted.remote], own);
    await git.run(['checkout', '--quiet', '--no-track', '-b', wanted.branch, wanted.commit, '--'], own);
    const submodules = (await fetchSubmodules?.(fresh)) ?? null;
    const notices = await checkoutNotices(git, fresh, own, submodules);
    const setupScript = await hasSetup(fresh);
    await handOver(fresh);
    await removeTree(files.checkout, signal, marker);
    await rename(fresh, files.checkout);
    await borrowByRelativePath(files);
    const done = { ...wanted, notices, setupScript };
    await writeRecord(files.checkoutDone, done);
    return done;
  } catch (error) {
    await removeTree(fresh, undefined, marker).catch(() => undefined);
    throw gitFailure(error, wanted.remote);
  }
}

/** Whether the repository brings a setup, in a plain file. */
async function hasSetup(checkout: string): Promise<boolean> {
  const entries = await entriesBelow(checkout, dirname(SETUP_FILE), MOST_ENTRIES);
  return entries?.some((entry) => entry.name === basename(SETUP_FILE) && entry.isFile()) ?? false;
}

/** Removes what attempts that died left behind. */
export async function clearHalfCheckouts(files: SandboxFiles, signal: AbortSignal): Promise<void> {
  if (!(await exists(files.root))) return;
  for await (const { name } of await opendir(files.root)) {
    if (!/^checkout(\.[0-9a-f]+\.tmp)?$/.test(name)) continue;
    await removeTree(join(files.root, name), signal, markerOf(files.taskId));
  }
}
