import { ProviderError } from '../events/provider-error.js';
import type { CheckoutPlace, SnapshotLimits } from './checkout-place.js';
import type { CheckoutSnapshots, CommitSpec } from './checkout-snapshots.js';
import { type Git, type GitCall, GitError } from './git.js';
import { pushFailure } from './push-failure.js';
import { LIST_REMOTE, parseRemoteRefs } from './remote-refs.js';
import type { RemoteRoute } from './remote-route.js';

export interface CheckoutPush extends CommitSpec {
  /** Names the push. */
  readonly name: string;
  readonly includeUncommitted: boolean;
  readonly lastPushed: string | null;
  readonly force: boolean;
}

/** So many of the things that are not in a push are named. */
const MOST_LEFT = 20;

/**
 * Pushes the work of a checkout from our own repository of it. Which commit that is was decided the first time and is kept as
 * `refs/work/<name>`: whoever does it again, after a kill say, pushes that one, and finds it there.
 *
 * What is not committed becomes a commit on HEAD which the checkout does not have. So the next push goes on from what was
 * pushed, and joins what the agent has committed meanwhile with it: the branch on the remote only ever moves on.
 * @throws ProviderError, or the signal's reason
 */
export async function pushCheckout(
  git: Git,
  snapshots: CheckoutSnapshots,
  place: CheckoutPlace,
  limits: SnapshotLimits,
  route: RemoteRoute,
  push: CheckoutPush,
  signal: AbortSignal,
): Promise<{ commit: string; left: readonly string[] }> {
  const { commit, left } =
    (await decided(git, snapshots, place, push, signal)) ??
    (await decideNow(git, snapshots, place, limits, push, signal));
  const call = { ...snapshots.call(place, signal), ...routed(snapshots.call(place, signal), route) };
  const ref = `refs/heads/${place.branch}`;
  try {
    const listed = await git.run([...LIST_REMOTE, '--', route.url, ref], call);
    const there = parseRemoteRefs(listed).refs.get(ref);
    if (there === commit) return { commit, left };
    if (there === undefined && commit === place.start) throw nothing();
    // The lease is on what it was a moment ago: whoever changes it now is not overrun.
    const lease = push.force ? [`--force-with-lease=${ref}:${there ?? ''}`] : [];
    await git.run(['push', '--quiet', '--no-verify', ...lease, '--', route.url, `${commit}:${ref}`], call);
    return { commit, left };
  } catch (error) {
    throw pushFailure(error, place.remote, place.branch);
  }
}

const routed = (call: GitCall, { url: _, env, ...rest }: RemoteRoute): Partial<GitCall> => ({
  ...rest,
  env: { ...call.env, ...env },
});

/** What was decided the first time. */
async function decided(
  git: Git,
  snapshots: CheckoutSnapshots,
  place: CheckoutPlace,
  { name }: CheckoutPush,
  signal: AbortSignal,
): Promise<{ commit: string; left: readonly string[] } | undefined> {
  if (!(await snapshots.isThere(place))) return undefined;
  const call = snapshots.call(place, signal);
  const commit = await git
    .run(['rev-parse', '--verify', '--quiet', '--end-of-options', `refs/work/${name}^{commit}`], call)
    .catch((error: unknown) => {
      if (error instanceof GitError && error.code === 1) return '';
      throw error;
    });
  return commit === '' ? undefined : { commit: commit.trim(), left: [] };
}

async function decideNow(
  git: Git,
  snapshots: CheckoutSnapshots,
  place: CheckoutPlace,
  limits: SnapshotLimits,
  push: CheckoutPush,
  signal: AbortSignal,
): Promise<{ commit: string; left: readonly string[] }> {
  const { head, tree: workTree, left } = await snapshots.take(place, limits, signal);
  const call = snapshots.call(place, signal);
  const treeOf = async (commit: string) =>
    (await git.run(['rev-parse', '--verify', `${commit}^{tree}`], call)).trim();
  const isAncestor = (one: string, other: string) =>
    git.run(['merge-base', '--is-ancestor', one, other], call).then(
      () => true,
      (error: unknown) => {
        if (error instanceof GitError && error.code === 1) return false;
        throw error;
      },
    );
  if (head === null && !push.includeUncommitted) throw nothing();
  const tree = push.includeUncommitted ? workTree : await treeOf(head!);
  const last =
    push.lastPushed !== null && !push.force && (await snapshots.has(place, push.lastPushed, signal))
      ? push.lastPushed
      : null;
  const heads = head === null ? [] : [head];
  let parents = heads;
  if (last !== null && (head === null || !(await isAncestor(last, head))))
    parents = head === null || (await isAncestor(head, last)) ? [last] : [last, head];
  const [only] = parents;
  const isThat = parents.length === 1 && (await treeOf(only!)) === tree;
  if (isThat && only === place.start) throw nothing();
  const why = push.includeUncommitted ? left.slice(0, MOST_LEFT) : [];
  const commit = isThat
    ? await snapshots.name(place, { commit: only!, name: push.name }, signal)
    : await snapshots.commit(place, { tree, parents, name: push.name }, push, signal);
  return { commit, left: why.map((each) => `${each.path} (${each.why.replaceAll('_', ' ')})`) };
}

const nothing = (): ProviderError =>
  new ProviderError(
    'nothing_to_push',
    'The branch has no commit of its own and no work that is not committed.',
    { retryable: false },
  );
