import { randomBytes } from 'node:crypto';
import { rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type RepoRemote } from '../../repository/repo-remote.js';
import { ProviderError } from '../../events/provider-error.js';
import { type Git, GitError } from '../../repository/git.js';
import { gitFailure } from '../../repository/git-failure.js';
import { clearDamage, clearOddRefs, damagedPacks, isWhole, setAside } from './mirror-health.js';
import { type MirrorPlace, mirrorPlace } from './mirror-place.js';
import { bringUpToDate, type FetchLimits, NO_LIMITS } from './mirror-fetch.js';
import { routeTo, type RouteOptions } from '../../repository/remote-route.js';
import { removeTree } from '../../platform/remove-tree.js';
import { exists, writeText } from '../../platform/plain-files.js';
import { KeyedMutex } from '../../platform/keyed-mutex.js';
import { SharedRounds } from '../../platform/shared-rounds.js';
import { type AccessOptions, withAccess } from '../../repository/credentials/git-access.js';

/** How the remote is reached, and with whose rights. */
export interface MirrorOptions extends RouteOptions {
  readonly access?: AccessOptions;
}

/** For people, since the folder's name does not tell; its time is that of the last fetch. */
export const REMOTE_FILE = 'slipway-remote';

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
  private readonly options: MirrorOptions;
  private readonly limits: FetchLimits;
  /** By workspace: each sees the remote with its own rights only. */
  private readonly rounds = new Map<string | undefined, SharedRounds>();
  private readonly mutex = new KeyedMutex();
  /** Whether the folder was looked at and nothing has failed there since. */
  private trusted = false;
  private failed = false;

  constructor(folder: string, remote: RepoRemote, git: Git, options: MirrorOptions, limits = NO_LIMITS) {
    ({ path: this.path, lock: this.lock } = mirrorPlace(folder, remote.url));
    this.remote = remote;
    this.git = git;
    this.options = options;
    this.limits = limits;
  }

  /**
   * Brings the mirror up to the remote as it is after this call, with the rights of the workspace. Its concurrent
   * callers share fetches.
   * @throws ProviderError, or the signal's reason
   */
  async refresh(signal: AbortSignal, workspaceId?: string): Promise<void> {
    const rounds =
      this.rounds.get(workspaceId) ??
      new SharedRounds((each) => this.mutex.run('fetch', each, () => this.fetch(each, workspaceId)));
    this.rounds.set(workspaceId, rounds);
    await rounds.join(signal);
  }

  /**
   * Somebody's work with this mirror failed. What git found rotten here goes aside, so that the next fetch brings
   * it anew, and the folder is looked at before it.
   */
  async blame(error: unknown): Promise<void> {
    this.trusted = false;
    if (!(error instanceof GitError)) return;
    const failure = gitFailure(error, this.remote.url) as ProviderError;
    // Whatever the remote is not to blame for may be our own folder's fault.
    if (failure.code === 'git_failed') this.failed = true;
    await setAside(this.path, error.stderr);
  }

  private async fetch(signal: AbortSignal, workspaceId?: string): Promise<void> {
    const route = await routeTo(this.remote, this.options);
    await withAccess(route, this.remote, workspaceId, this.options.access, async (opened) => {
      try {
        await this.settle(signal);
        await bringUpToDate(this.git, this, this.remote.url, opened, this.limits, signal);
        await this.noteUse();
      } catch (error) {
        await this.blame(error);
        throw gitFailure(error, this.remote.url);
      }
    });
  }

  /** Makes the mirror, or makes a damaged one whole; each step may be repeated after a kill. */
  private async settle(signal: AbortSignal): Promise<void> {
    const { path, lock } = this;
    const whole = await isWhole(path);
    if (whole && this.trusted) return;
    if (!(await exists(path))) await this.make(signal);
    else {
      await this.git.sweep(path, lock, signal);
      await clearOddRefs(path);
      if (!whole || this.failed || (await damagedPacks(path)).length > 0) {
        await clearDamage(path);
        await this.git.run(['init', '--quiet', '--bare', '--template=', '--', path], { lock, signal });
      }
    }
    this.trusted = true;
    this.failed = false;
  }

  /** A mirror that nobody fetches any more expires. One from before this note was kept has none to touch. */
  private async noteUse(): Promise<void> {
    const file = join(this.path, REMOTE_FILE);
    const now = new Date();
    await utimes(file, now, now).catch(() => writeText(file, `${this.remote.url}\n`));
  }

  /** Makes it beside its place, so that no half of it is ever found there; another process may be first. */
  private async make(signal: AbortSignal): Promise<void> {
    const fresh = `${this.path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await this.git.run(['init', '--quiet', '--bare', '--template=', '--', fresh], { signal });
      await writeText(join(fresh, REMOTE_FILE), `${this.remote.url}\n`);
      await rename(fresh, this.path);
    } catch (error) {
      await removeTree(fresh);
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }
}
