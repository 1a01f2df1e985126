import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../../events/provider-error.js';
import { entriesBelow } from '../../platform/plain-files.js';
import { removeTree } from '../../platform/remove-tree.js';
import { type Git, type GitCall, GitError } from '../../repository/git.js';
import { gitFailure } from '../../repository/git-failure.js';
import { InvalidRemoteError, type RepoRemote, type RepoRemoteOptions } from '../../repository/repo-remote.js';
import { submoduleRemote } from '../../repository/submodule-url.js';

/** So many are fetched for one checkout, also those of submodules; and so deep. */
const MOST = 50;
const DEEPEST = 5;
/** A million paths are about 100 MB. */
const MOST_PATHS_OUTPUT = 256 << 20;

export interface Submodule {
  readonly path: string;
  readonly commit: string;
}

/** What came of a checkout's submodules: paths from its root, and why some are not there. */
export interface FetchedSubmodules {
  readonly fetched: readonly string[];
  readonly left: readonly { readonly path: string; readonly why: string }[];
}

export interface SubmoduleOptions {
  readonly git: Git;
  readonly routes: RepoRemoteOptions;
  /** Brings a copy of ours of the remote up to date and works with it. Rejects as a fetch does. */
  readonly withCopy: <T>(remote: RepoRemote, work: (path: string) => Promise<T>) => Promise<T>;
}

/** The submodules of what is checked out in a folder. */
export async function submodulesOf(git: Git, call: GitCall): Promise<Submodule[]> {
  const index = await git.run(['ls-files', '-z', '--stage'], { ...call, mostOutput: MOST_PATHS_OUTPUT });
  const entries = index.split('\0').filter((line) => line.startsWith('160000 '));
  return entries.map((line) => ({
    path: line.slice(line.indexOf('\t') + 1),
    commit: line.split(' ')[1]!,
  }));
}

/**
 * Puts submodules into a checkout that no agent has been given yet, each as a repository of its own that borrows nothing. All
 * that is taken from the repository is paths (of which git made the folders), addresses (which have to be remotes that may be
 * used) and commits; names, branches, commands and whatever else `.gitmodules` says are not read, and git's own `submodule` is
 * not run. What may succeed later is thrown, for the whole checkout to be tried again; what cannot is told.
 * @throws ProviderError, GitError, or the signal's reason
 */
export class Submodules {
  private readonly fetched: string[] = [];
  private readonly left: { path: string; why: string }[] = [];

  constructor(
    private readonly options: SubmoduleOptions,
    private readonly signal: AbortSignal,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  async fetch(checkout: string, remote: RepoRemote): Promise<FetchedSubmodules> {
    await this.fetchBelow(checkout, remote, '', 1);
    return { fetched: this.fetched, left: this.left };
  }

  private async fetchBelow(tree: string, parent: RepoRemote, above: string, depth: number): Promise<void> {
    const { git } = this.options;
    const modules = await submodulesOf(git, this.in(tree));
    if (modules.length === 0) return;
    const addresses = await this.addressesIn(tree);
    for (const module of modules) {
      const path = above + module.path;
      const put: RepoRemote | string =
        this.fetched.length >= MOST || depth > DEEPEST
          ? 'there are too many of them'
          : await this.put(tree, module, addresses.get(module.path), parent).catch((error: unknown) => {
              if (this.signal.aborted || !(error instanceof ProviderError) || error.retryable) throw error;
              return error.message;
            });
      if (typeof put === 'string') {
        this.left.push({ path, why: put });
        continue;
      }
      this.fetched.push(path);
      await this.fetchBelow(join(tree, module.path), put, `${path}/`, depth + 1);
    }
  }

  /** Puts one in its place. @returns where it is from, or why it is not there */
  private async put(
    tree: string,
    { path, commit }: Submodule,
    address: string | undefined,
    parent: RepoRemote,
  ): Promise<RepoRemote | string> {
    if (address === undefined) return 'no address is given for it';
    // Git made the folder, empty, and nobody else was here: anything else is no place for it.
    if ((await entriesBelow(tree, path, 0).catch(() => undefined)) === undefined)
      return 'there is no empty folder in its place';
    let remote: RepoRemote;
    try {
      remote = submoduleRemote(address, parent, this.options.routes);
    } catch (error) {
      if (error instanceof InvalidRemoteError) return error.message;
      throw error;
    }
    const fresh = join(tree, '.git', 'slipway-submodule.tmp');
    const isThere = await this.options.withCopy(remote, (copy) => this.clone(copy, fresh, remote, commit));
    if (!isThere) return `its commit ${commit.slice(0, 10)} is on no branch or tag of ${remote.url}`;
    await rename(fresh, join(tree, path));
    return remote;
  }

  private async clone(copy: string, fresh: string, remote: RepoRemote, commit: string): Promise<boolean> {
    const { git } = this.options;
    const { signal, env } = this;
    await removeTree(fresh, signal);
    try {
      // Through git's transport, so that nothing comes along but what branches and tags lead to, and no file is shared.
      await git.run(['clone', '--quiet', '--no-local', '--no-checkout', '--', copy, fresh], {
        ...{ signal, env, protocol: 'file', source: copy },
      });
      const own = this.in(fresh);
      await git.run(['config', '--', 'remote.origin.url', remote.url], own);
      const found = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`];
      const isThere = await git.run(found, own).then(
        () => true,
        (error: unknown) => {
          if (error instanceof GitError && error.code !== null) return false;
          throw error;
        },
      );
      if (isThere) await git.run(['checkout', '--quiet', '--detach', commit, '--'], own);
      return isThere;
    } catch (error) {
      throw gitFailure(error, remote.url);
    }
  }

  /** The addresses of a checkout's submodules by their paths; of two for one path the last. */
  private async addressesIn(tree: string): Promise<Map<string, string>> {
    const args = [
      'config',
      '--blob',
      'HEAD:.gitmodules',
      '-z',
      '--get-regexp',
      '^submodule\\..*\\.(path|url)$',
    ];
    const text = await this.options.git.run(args, this.in(tree)).catch((error: unknown) => {
      // None, or one that git cannot read: then there are no addresses.
      if (error instanceof GitError && error.code !== null) return '';
      throw error;
    });
    const modules = new Map<string, { path?: string; url?: string }>();
    for (const entry of text.split('\0')) {
      const [, name, field, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
      if (name !== undefined) modules.set(name, { ...modules.get(name), [field!]: value! });
    }
    const all = [...modules.values()].filter(({ path, url }) => path !== undefined && url !== undefined);
    return new Map(all.map(({ path, url }) => [path!.replace(/\/+$/, ''), url!]));
  }

  private in(tree: string): GitCall {
    return { tree, signal: this.signal, env: this.env };
  }
}
