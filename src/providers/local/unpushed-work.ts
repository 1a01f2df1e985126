import type { CheckoutPlace, SnapshotLimits } from '../../repository/checkout-place.js';
import type { CheckoutSnapshots } from '../../repository/checkout-snapshots.js';
import type { Git } from '../../repository/git.js';
import { REMOTE_REFS, refObjects } from '../../repository/ref-objects.js';
import type { UnpushedWork } from '../sandbox-provider.js';

/** So many branches and other tips are named. */
const MOST_NAMES = 20;

/**
 * What would be lost with the checkout: commits that the remote did not have when it was last fetched and that were not pushed
 * from here, and files that are not committed and were not pushed either.
 * @param mirror the repository of ours with the remote's refs
 * @returns null where nothing would be
 */
export async function unpushedWork(
  git: Git,
  snapshots: CheckoutSnapshots,
  place: CheckoutPlace,
  { mirror, lastPushed, limits }: { mirror: string; lastPushed: string | null; limits: SnapshotLimits },
  signal: AbortSignal,
): Promise<UnpushedWork | null> {
  const { tips, tree, uncommitted: changed } = await snapshots.take(place, limits, signal);
  const call = snapshots.call(place, signal);
  const there = (await refObjects(git, { cwd: mirror, signal }, REMOTE_REFS)).add(place.start);
  const pushed = lastPushed !== null && (await snapshots.has(place, lastPushed, signal)) ? lastPushed : null;
  if (pushed !== null) there.add(pushed);
  const own = tips.filter(({ object }) => !there.has(object));
  const count = async (objects: readonly string[]) => {
    if (objects.length === 0) return 0;
    const input = [...objects, ...[...there].map((id) => `^${id}`)].join('\n');
    const args = ['rev-list', '--count', '--ignore-missing', '--stdin'];
    return Number((await git.run(args, { ...call, input: `${input}\n` })).trim());
  };
  const names: string[] = [];
  for (const { name, object } of own) {
    if (names.length >= MOST_NAMES) break;
    if ((await count([object])) > 0) names.push(name);
  }
  const commits = await count(own.map(({ object }) => object));
  const isPushed =
    changed > 0 &&
    pushed !== null &&
    (await git.run(['rev-parse', '--verify', `${pushed}^{tree}`], call)).trim() === tree;
  const uncommitted = isPushed ? 0 : changed;
  return commits + uncommitted === 0 ? null : { commits, uncommitted, tips: names };
}
