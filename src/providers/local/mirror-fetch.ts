import { join } from 'node:path';
import { ProviderError } from '../../events/provider-error.js';
import type { Git } from '../../repository/git.js';
import { LARGEST_HEAD } from './mirror-health.js';
import type { MirrorPlace } from './mirror-place.js';
import { readPlain } from '../../platform/plain-files.js';
import {
  differences,
  LIST_REMOTE,
  LISTED_REFS,
  parseOwnRefs,
  parseRemoteRefs,
  type RemoteRefs,
} from '../../repository/remote-refs.js';
import type { RemoteRoute } from '../../repository/remote-route.js';

/** The commit of the remote's HEAD. */
export const DEFAULT_REF = 'refs/slipway/default';
const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
/** Where HEAD points when the remote's names no branch: to none that is there. */
const NO_BRANCH = 'refs/slipway/none';
/** A remote that changes under every fetch is asked again later. */
const MOST_ROUNDS = 5;
/** A million refs are about 100 MB. */
const MOST_REFS = 256 << 20;

/** What one fetch may cost us. */
export interface FetchLimits {
  /** Over https, slower than so many bytes in a second for so many seconds is given up; absent: never. */
  readonly lowSpeed?: { readonly bytes: number; readonly seconds: number };
  /** The most that one fetch may bring; absent: any. */
  readonly mostBytes?: number;
}

export const NO_LIMITS: FetchLimits = {};

/**
 * Fetches until the mirror has what the remote says that it has: git leaves out refs with a shallow
 * history with no more than a warning.
 */
export async function bringUpToDate(
  git: Git,
  mirror: MirrorPlace,
  remote: string,
  route: RemoteRoute,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<void> {
  const limited = { ...route, config: [...route.config, ...limitsOf(limits)] };
  let last: RemoteRefs | undefined;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const theirs = await listRemote(git, mirror, limited, signal);
    const missing = differences(wantedRefs(theirs), await ownRefs(git, mirror, signal));
    if (missing.length === 0) {
      await setHead(git, mirror, theirs, signal);
      return;
    }
    const stuck = missing.find((name) => last && wantedRefs(last).get(name) === wantedRefs(theirs).get(name));
    if (stuck !== undefined) {
      const shown = stuck === DEFAULT_REF ? 'HEAD' : stuck;
      throw new ProviderError(
        'repository_unsupported',
        `${remote} does not hand out ${shown}: it is a shallow clone (made with --depth) or lacks objects. Use a complete repository, or run "git fetch --unshallow" there.`,
        { retryable: false },
      );
    }
    await fetchRefs(git, mirror, limited, theirs, limits, signal);
    last = theirs;
  }
  throw new ProviderError('git_failed', `${remote} changes faster than it can be fetched.`);
}

async function listRemote(
  git: Git,
  { path: cwd }: MirrorPlace,
  route: RemoteRoute,
  signal: AbortSignal,
): Promise<RemoteRefs> {
  const args = [...LIST_REMOTE, '--', route.url, ...LISTED_REFS];
  return parseRemoteRefs(await git.run(args, { cwd, signal, mostOutput: MOST_REFS, ...route }));
}

async function ownRefs(
  git: Git,
  { path: cwd }: MirrorPlace,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags', DEFAULT_REF];
  return parseOwnRefs(await git.run(args, { cwd, signal, mostOutput: MOST_REFS }));
}

async function fetchRefs(
  git: Git,
  { path: cwd, lock }: MirrorPlace,
  route: RemoteRoute,
  { head }: RemoteRefs,
  { mostBytes }: FetchLimits,
  signal: AbortSignal,
): Promise<void> {
  const call = { cwd, lock, signal };
  const refspecs = head === undefined ? REFSPECS : [...REFSPECS, `+HEAD:${DEFAULT_REF}`];
  if (head === undefined) await git.run(['update-ref', '-d', DEFAULT_REF], call);
  await git.run(
    [
      ...['fetch', '--quiet', '--prune', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'],
      ...['--', route.url, ...refspecs],
    ],
    { ...call, ...route, mostFileBytes: mostBytes },
  );
}

/** A clone of the mirror takes its HEAD for the remote's. */
async function setHead(
  git: Git,
  { path: cwd, lock }: MirrorPlace,
  { headBranch }: RemoteRefs,
  signal: AbortSignal,
): Promise<void> {
  const call = { cwd, lock, signal };
  const wanted = headBranch ?? NO_BRANCH;
  const now = (await readPlain(join(cwd, 'HEAD'), LARGEST_HEAD))?.toString();
  if (now !== `ref: ${wanted}\n`) await git.run(['symbolic-ref', '--', 'HEAD', wanted], call);
}

function limitsOf({ lowSpeed }: FetchLimits): string[] {
  if (lowSpeed === undefined) return [];
  return [`http.lowSpeedLimit=${lowSpeed.bytes}`, `http.lowSpeedTime=${lowSpeed.seconds}`];
}

/** The mirror's refs as they should be. */
function wantedRefs({ refs, head }: RemoteRefs): Map<string, string> {
  return head === undefined ? new Map(refs) : new Map([...refs, [DEFAULT_REF, head]]);
}
