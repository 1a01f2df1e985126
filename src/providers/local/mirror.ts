import { createHash, randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type RepoRemote } from '../repo-remote.js';
import { ProviderError } from '../sandbox-provider.js';
import { type Git, GitError } from './git.js';
import { gitFailure } from './git-failure.js';
import { clearDamage, damagedPacks, isWhole, LARGEST_HEAD } from './mirror-health.js';
import { readPlain } from './plain-files.js';
import {
  differences,
  LIST_REMOTE,
  LISTED_REFS,
  parseOwnRefs,
  parseRemoteRefs,
  type RemoteRefs,
} from './remote-refs.js';
import { type RemoteRoute, routeTo, type RouteOptions } from './remote-route.js';
import { exists, removeTree, writeText } from './sandbox-files.js';
import { SharedRounds } from './shared-rounds.js';

/** The commit of the remote's HEAD. */
const DEFAULT_REF = 'refs/slipway/default';
const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
/** Where HEAD points when the remote's names no branch: to none that is there. */
const NO_BRANCH = 'refs/slipway/none';
/** A remote that changes under every fetch is asked again later. */
const MOST_ROUNDS = 5;
/** A million refs are about 100 MB. */
const MOST_REFS = 256 << 20;

/** A mirror's repository and the file that whoever writes there locks. */
export interface MirrorPlace {
  readonly path: string;
  readonly lock: string;
}

export function mirrorPlace(folder: string, url: string): MirrorPlace {
  const key = createHash('sha256').update(url).digest('hex').slice(0, 32);
  return { path: join(folder, `${key}.git`), lock: join(folder, `${key}.lock`) };
}

/**
 * A bare copy of a remote, from which checkouts borrow their objects. It only ever grows: an object that
 * was here once stays, since a checkout may need it. Writers hold its lock file, through git itself,
 * so that a git which outlived its Slipway still holds it.
 */
export class Mirror implements MirrorPlace {
  readonly path: string;
  readonly lock: string;
  private readonly git: Git;
  private readonly remote: RepoRemote;
  private readonly options: RouteOptions;
  private readonly rounds = new SharedRounds((signal) => this.fetch(signal));
  /** Whether the folder was looked at and nothing has failed there since. */
  private trusted = false;
  private failed = false;

  constructor(folder: string, remote: RepoRemote, git: Git, options: RouteOptions) {
    ({ path: this.path, lock: this.lock } = mirrorPlace(folder, remote.url));
    this.remote = remote;
    this.git = git;
    this.options = options;
  }

  /**
   * Brings the mirror up to the remote as it is after this call. Concurrent callers share fetches.
   * @throws ProviderError, or the signal's reason
   */
  async refresh(signal: AbortSignal): Promise<void> {
    await this.rounds.join(signal);
  }

  /**
   * The commit to start from: of a branch, else a tag of that name, else (without a name) of the remote's HEAD.
   * @throws ProviderError when the remote has none
   */
  async startOf(name: string | undefined, signal: AbortSignal): Promise<string> {
    const refs = name === undefined ? [DEFAULT_REF] : [`refs/heads/${name}`, `refs/tags/${name}`];
    for (const ref of refs) {
      const commit = await this.commitOf(ref, signal);
      if (commit !== null) return commit;
    }
    throw new ProviderError(
      'branch_not_found',
      name === undefined
        ? 'The repository has no default branch to start from: it is empty or its HEAD names no branch. Give onBranch.'
        : `The repository has no branch or tag "${name}" to start from.`,
      { retryable: false },
    );
  }

  /** @throws ProviderError when the remote has the branch already, or one that git cannot have beside it */
  async requireFree(branch: string, signal: AbortSignal): Promise<void> {
    const parts = branch.split('/');
    const names = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    const call = { cwd: this.path, signal };
    // One line for each name, in order: `<id> commit <size>` or `<name> missing`.
    const input = names.map((name) => `refs/heads/${name}\n`).join('');
    const answers = (await this.git.run(['cat-file', '--batch-check'], { ...call, input })).split('\n');
    const below = [
      'for-each-ref',
      '--count=1',
      '--format=%(refname:lstrip=2)',
      '--',
      `refs/heads/${branch}/`,
    ];
    const other =
      names.find((_, index) => !answers[index]?.endsWith(' missing')) ??
      (await this.git.run(below, call)).trim();
    if (other === '') return;
    throw new ProviderError(
      'branch_taken',
      other === branch
        ? `The repository has a branch "${branch}" already. Choose another name.`
        : `The branch "${branch}" cannot be made beside the repository's branch "${other}". Choose another name.`,
      { retryable: false },
    );
  }

  /** The commit that a ref points to (through a tag), or null. The name is taken literally. */
  private async commitOf(ref: string, signal: AbortSignal): Promise<string | null> {
    try {
      const found = await this.git.run(['show-ref', '--verify', '--dereference', '--', ref], {
        cwd: this.path,
        signal,
      });
      const id = found.trim().split('\n').at(-1)?.split(' ')[0] ?? '';
      const type = (await this.git.run(['cat-file', '-t', id], { cwd: this.path, signal })).trim();
      if (type === 'commit') return id;
      throw new ProviderError(
        'branch_not_found',
        `"${ref.replace(/^refs\/(heads|tags)\//, '')}" is a tag of a ${type}, not of a commit, so that nothing can start from it.`,
      );
    } catch (error) {
      // Only show-ref says nothing; all else is a fault of the mirror.
      if (error instanceof GitError && error.stderr.endsWith('not a valid ref\n')) return null;
      throw error;
    }
  }

  /** What a reader found damaged is looked at closely before the next fetch. */
  distrust(): void {
    this.trusted = false;
    this.failed = true;
  }

  private async fetch(signal: AbortSignal): Promise<void> {
    const route = await routeTo(this.remote, this.options);
    try {
      await this.settle(signal);
      await this.follow(route, signal);
    } catch (error) {
      const failure = gitFailure(error, this.remote.url);
      // Whatever the remote is not to blame for may be our own folder's fault.
      if (error instanceof GitError && (failure as ProviderError).code === 'git_failed') this.distrust();
      throw failure;
    }
  }

  /** Makes the mirror, or makes a damaged one whole; each step may be repeated after a kill. */
  private async settle(signal: AbortSignal): Promise<void> {
    const { path, lock } = this;
    const whole = await isWhole(path);
    if (whole && this.trusted) return;
    if (!(await exists(path))) await this.make(signal);
    else {
      await this.git.sweep(path, lock, signal);
      if (!whole || this.failed || (await damagedPacks(path)).length > 0) {
        await clearDamage(path);
        await this.git.run(['init', '--quiet', '--bare', '--template=', '--', path], { lock, signal });
      }
    }
    this.trusted = true;
    this.failed = false;
  }

  /** Makes it beside its place, so that no half of it is ever found there; another process may be first. */
  private async make(signal: AbortSignal): Promise<void> {
    const fresh = `${this.path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await this.git.run(['init', '--quiet', '--bare', '--template=', '--', fresh], { signal });
      // For people: the folder's name does not tell.
      await writeText(join(fresh, 'slipway-remote'), `${this.remote.url}\n`);
      await rename(fresh, this.path);
    } catch (error) {
      await removeTree(fresh);
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }

  /**
   * Fetches until the mirror has what the remote says that it has: git leaves out refs with a shallow
   * history with no more than a warning.
   */
  private async follow(route: RemoteRoute, signal: AbortSignal): Promise<void> {
    let last: RemoteRefs | undefined;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const remote = await this.listRemote(route, signal);
      const missing = differences(wantedRefs(remote), await this.ownRefs(signal));
      if (missing.length === 0) {
        await this.setHead(remote, signal);
        return;
      }
      const stuck = missing.find(
        (name) => last && wantedRefs(last).get(name) === wantedRefs(remote).get(name),
      );
      if (stuck !== undefined) {
        const shown = stuck === DEFAULT_REF ? 'HEAD' : stuck;
        throw new ProviderError(
          'repository_unsupported',
          `${this.remote.url} does not hand out ${shown}: it is a shallow clone (made with --depth) or lacks objects. Use a complete repository, or run "git fetch --unshallow" there.`,
          { retryable: false },
        );
      }
      await this.fetchRefs(route, remote, signal);
      last = remote;
    }
    throw new ProviderError('git_failed', `${this.remote.url} changes faster than it can be fetched.`);
  }

  private async listRemote(route: RemoteRoute, signal: AbortSignal): Promise<RemoteRefs> {
    const args = [...LIST_REMOTE, '--', route.url, ...LISTED_REFS];
    return parseRemoteRefs(
      await this.git.run(args, { cwd: this.path, signal, mostOutput: MOST_REFS, ...route }),
    );
  }

  private async ownRefs(signal: AbortSignal): Promise<Map<string, string>> {
    const args = [
      'for-each-ref',
      '--format=%(objectname) %(refname)',
      'refs/heads',
      'refs/tags',
      DEFAULT_REF,
    ];
    return parseOwnRefs(await this.git.run(args, { cwd: this.path, signal, mostOutput: MOST_REFS }));
  }

  private async fetchRefs(route: RemoteRoute, { head }: RemoteRefs, signal: AbortSignal): Promise<void> {
    const call = { cwd: this.path, lock: this.lock, signal };
    const refspecs = head === undefined ? REFSPECS : [...REFSPECS, `+HEAD:${DEFAULT_REF}`];
    if (head === undefined) await this.git.run(['update-ref', '-d', DEFAULT_REF], call);
    await this.git.run(
      [
        ...['fetch', '--quiet', '--prune', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'],
        ...['--', route.url, ...refspecs],
      ],
      { ...call, ...route },
    );
  }

  /** A clone of the mirror takes its HEAD for the remote's. */
  private async setHead({ headBranch }: RemoteRefs, signal: AbortSignal): Promise<void> {
    const call = { cwd: this.path, lock: this.lock, signal };
    const wanted = headBranch ?? NO_BRANCH;
    const now = await readPlain(join(this.path, 'HEAD'), LARGEST_HEAD);
    if (now?.toString() !== `ref: ${wanted}\n`)
      await this.git.run(['symbolic-ref', '--', 'HEAD', wanted], call);
  }
}

/** The mirror's refs as they should be. */
function wantedRefs({ refs, head }: RemoteRefs): Map<string, string> {
  return head === undefined ? new Map(refs) : new Map([...refs, [DEFAULT_REF, head]]);
}
