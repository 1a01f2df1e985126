import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RepoRemote } from '../repo-remote.js';
import { ProviderError } from '../sandbox-provider.js';
import { type Git, GitError } from './git.js';
import { gitFailure } from './git-failure.js';
import { routeTo, type RouteOptions } from './remote-route.js';
import { exists } from './sandbox-files.js';
import { SharedRounds } from './shared-rounds.js';

/** The commit of the remote's HEAD. */
const DEFAULT_REF = 'refs/slipway/default';
const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

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
  private swept = false;

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
      return found.trim().split('\n').at(-1)?.split(' ')[0] ?? null;
    } catch (error) {
      if (error instanceof GitError) return null;
      throw error;
    }
  }

  private async fetch(signal: AbortSignal): Promise<void> {
    const route = await routeTo(this.remote, this.options);
    const { lock } = this;
    try {
      if (!(await exists(join(this.path, 'HEAD')))) {
        await this.git.run(['init', '--quiet', '--bare', '--template=', '--', this.path], { lock, signal });
        // For people: the folder's name does not tell.
        await writeFile(join(this.path, 'slipway-remote'), `${this.remote.url}\n`);
      }
      if (!this.swept) await this.git.sweep(this.path, lock, signal);
      this.swept = true;
      const head = `+HEAD:${DEFAULT_REF}`;
      const fetch = (refspecs: string[]) =>
        this.git.run(
          [
            ...['fetch', '--quiet', '--prune', '--no-tags', '--no-write-fetch-head'],
            '--',
            route.url,
            ...refspecs,
          ],
          { cwd: this.path, lock, signal, ...route },
        );
      try {
        await fetch([...REFSPECS, head]);
      } catch (error) {
        if (!(error instanceof GitError) || !/couldn't find remote ref HEAD/.test(error.stderr)) throw error;
        await fetch(REFSPECS);
        await this.git.run(['update-ref', '-d', DEFAULT_REF], { cwd: this.path, lock, signal });
      }
    } catch (error) {
      this.swept = false;
      throw gitFailure(error, this.remote.url);
    }
  }
}
