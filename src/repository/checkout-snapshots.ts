import { randomBytes } from 'node:crypto';
import { mkdir, opendir, rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../platform/plain-files.js';
import { KeyedMutex } from '../platform/keyed-mutex.js';
import { removeTree } from '../platform/remove-tree.js';
import { bringObjects } from './checkout-objects.js';
import type { CheckoutPlace, Snapshot, SnapshotLimits } from './checkout-place.js';
import { isObjectId, readTips, unreadable } from './checkout-tips.js';
import { treeOfWork } from './checkout-tree.js';
import { uncommittedPaths } from './checkout-work.js';
import { type Git, type GitCall, GitError } from './git.js';
import { restoreOwnRepository } from './own-repository.js';

/** Where the objects of work that is not committed lie, a folder a tree: they go with it. */
const WORK = 'work';
/** So many such folders stay: of the newest, and of what may still be read. */
const KEPT_TREES = 3;
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** A look took longer than it may. */
export class SlowCheckoutError extends Error {
  override readonly name = 'SlowCheckoutError';

  constructor(mostMs: number) {
    super(`Looking at the changes took longer than ${mostMs / 1_000} s.`);
  }
}

/** Who makes a commit, and when: together with its tree and parent that decides its id. */
export interface CommitSpec {
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Looks at checkouts that agents write, without running or following anything of theirs: refs are read as files, objects come
 * in by a fetch that checks them, and work that is not committed by copies; git has a repository, a configuration and an index
 * of ours. What is found is in that repository. One look at a checkout at a time; looking twice finds the same.
 */
export class CheckoutSnapshots {
  private readonly turns = new KeyedMutex();
  private readonly readers = new Map<string, number>();
  /** Repositories in which nothing is left of a git that was killed. */
  private readonly swept = new Set<string>();

  constructor(readonly git: Git) {}

  /**
   * Takes a snapshot. What differs from the last one alone costs more than a look at each file's dates.
   * @throws UnreadableCheckoutError when it is no checkout (any more), SlowCheckoutError, GitError, or the signal's reason
   */
  take(place: CheckoutPlace, limits: SnapshotLimits, signal: AbortSignal): Promise<Snapshot> {
    const late = AbortSignal.timeout(limits.mostMs);
    const bounded = AbortSignal.any([signal, late]);
    return this.turns
      .run(place.ownGitDir, bounded, () => this.look(place, limits, bounded))
      .catch((error: unknown) => {
        this.swept.delete(place.ownGitDir);
        signal.throwIfAborted();
        throw late.aborted ? new SlowCheckoutError(limits.mostMs) : error;
      });
  }

  /** Whether a tree or commit of an earlier snapshot is still there. */
  async has(place: CheckoutPlace, object: string, signal: AbortSignal): Promise<boolean> {
    if (!isObjectId(object) || !(await exists(join(place.ownGitDir, 'HEAD')))) return false;
    const answer = await this.git.run(['cat-file', '--batch-check'], {
      ...this.call(place, signal, object),
      input: `${object}\n`,
    });
    return !answer.includes(' missing');
  }

  /**
   * What a git call in our repository of the checkout is made with; with a tree of a snapshot, its objects are there too.
   * Whoever uses the tree for long says so by `using`.
   */
  call(place: CheckoutPlace, signal: AbortSignal, tree?: string): GitCall {
    const work = tree === undefined ? [] : [join(place.ownGitDir, WORK, tree)];
    const folders = [...work, ...place.borrows.map((repository) => join(repository, 'objects'))];
    return {
      signal,
      env: {
        GIT_DIR: place.ownGitDir,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: folders.map(quoted).join(':'),
        GIT_LITERAL_PATHSPECS: '1',
      },
    };
  }

  /** Keeps a tree's objects while the work reads them. */
  async *using<T>(place: CheckoutPlace, tree: string, work: AsyncIterable<T>): AsyncGenerator<T> {
    const folder = join(place.ownGitDir, WORK, tree);
    this.readers.set(folder, (this.readers.get(folder) ?? 0) + 1);
    try {
      yield* work;
    } finally {
      this.readers.set(folder, (this.readers.get(folder) ?? 1) - 1);
      if (this.readers.get(folder) === 0) this.readers.delete(folder);
    }
  }

  /**
   * Makes a commit of a snapshot's tree on its parents, in our repository for good: `refs/work/<name>` is on it. The same
   * arguments give the same commit.
   * @returns its id
   */
  commit(
    place: CheckoutPlace,
    { tree, parents, name }: { tree: string; parents: readonly string[]; name: string },
    { message, author, at }: CommitSpec,
    signal: AbortSignal,
  ): Promise<string> {
    return this.turns.run(place.ownGitDir, signal, async () => {
      await this.keepObjects(place, tree);
      const own = this.call(place, signal);
      const env = {
        ...own.env,
        ...{ GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email, GIT_AUTHOR_DATE: at },
        ...{ GIT_COMMITTER_NAME: author.name, GIT_COMMITTER_EMAIL: author.email, GIT_COMMITTER_DATE: at },
      };
      const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'];
      const commit = (await this.git.run(args, { ...own, env, input: message })).trim();
      await this.git.run(['update-ref', `refs/work/${name}`, commit], own);
      return commit;
    });
  }

  /** Has `refs/work/<name>` be on a commit that is there, for good. */
  name(
    place: CheckoutPlace,
    { commit, name }: { commit: string; name: string },
    signal: AbortSignal,
  ): Promise<string> {
    return this.turns.run(place.ownGitDir, signal, async () => {
      await this.git.run(['update-ref', `refs/work/${name}`, commit], this.call(place, signal));
      return commit;
    });
  }

  /** Whether there is a repository of ours for the checkout: not before its first snapshot. */
  isThere({ ownGitDir }: CheckoutPlace): Promise<boolean> {
    return exists(join(ownGitDir, 'HEAD'));
  }

  private async look(place: CheckoutPlace, limits: SnapshotLimits, signal: AbortSignal): Promise<Snapshot> {
    await this.openOwn(place, signal);
    const own = this.call(place, signal);
    const { tips, head, branch } = await readTips(place.folder, place.root);
    await this.bring(place, own, head, new Set(tips.map(({ object }) => object)));
    const parted = await this.whereItParted(own, place, head);
    const paths = await uncommittedPaths(this.git, own, place, head);
    const uncommitted = paths.changed.length + paths.untracked.length;
    const { tree, left } =
      uncommitted === 0
        ? { tree: await this.treeOf(own, head), left: [] }
        : await this.workTree(place, own, head, paths, limits);
    return { head, branch, tips, ...parted, tree, uncommitted, left };
  }

  /** Brings in what the tips are on. Damage of some that are not HEAD hides no work of it. */
  private async bring(
    place: CheckoutPlace,
    own: GitCall,
    head: string | null,
    wanted: ReadonlySet<string>,
  ): Promise<void> {
    await bringObjects(this.git, own, place, wanted).catch(async (error: unknown) => {
      if (head === null || wanted.size === 1 || !(error instanceof GitError)) throw error;
      await bringObjects(this.git, own, place, new Set([head]));
    });
    if (head !== null && !(await this.has(place, head, own.signal)))
      throw unreadable('its HEAD is on a commit that is not there');
  }

  private async openOwn(place: CheckoutPlace, signal: AbortSignal): Promise<void> {
    const { ownGitDir } = place;
    if (!(await exists(ownGitDir))) {
      // Made beside its place: half of one, whose git was killed, is never found there.
      const fresh = `${ownGitDir}.${randomBytes(6).toString('hex')}.tmp`;
      try {
        await this.git.run(['init', '--quiet', '--bare', '--template=', '--', fresh], { signal });
        await rename(fresh, ownGitDir);
      } finally {
        await removeTree(fresh);
      }
    }
    await restoreOwnRepository(ownGitDir);
    await mkdir(join(ownGitDir, WORK), { recursive: true });
    if (this.swept.has(ownGitDir)) return;
    // Locks of gits that were killed: nobody else works here.
    await this.git.sweep(ownGitDir, join(ownGitDir, 'sweep.lock'), signal);
    for await (const { name } of await opendir(ownGitDir))
      if (name.startsWith('fast_import_crash_')) await removeTree(join(ownGitDir, name), signal);
    this.swept.add(ownGitDir);
  }

  private async whereItParted(
    own: GitCall,
    { start, upstream }: CheckoutPlace,
    head: string | null,
  ): Promise<{ base: string; ahead: number; behind: number }> {
    if (head === null) return { base: start, ahead: 0, behind: 0 };
    const base = await this.git.run(['merge-base', head, upstream], own).catch((error: unknown) => {
      if (error instanceof GitError && error.code === 1) return start;
      throw error;
    });
    const count = await this.git.run(['rev-list', '--left-right', '--count', `${head}...${upstream}`], own);
    const [ahead = 0, behind = 0] = count.trim().split('\t').map(Number);
    return { base: base.trim(), ahead, behind };
  }

  private async treeOf(own: GitCall, head: string | null): Promise<string> {
    if (head !== null) return (await this.git.run(['rev-parse', '--verify', `${head}^{tree}`], own)).trim();
    await this.git.run(['hash-object', '-w', '-t', 'tree', '--stdin'], { ...own, input: '' });
    return EMPTY_TREE;
  }

  private async workTree(
    place: CheckoutPlace,
    own: GitCall,
    head: string | null,
    paths: Awaited<ReturnType<typeof uncommittedPaths>>,
    limits: SnapshotLimits,
  ): ReturnType<typeof treeOfWork> {
    const { ownGitDir } = place;
    const fresh = join(ownGitDir, WORK, `${randomBytes(6).toString('hex')}.tmp`);
    const stage = join(fresh, 'stage');
    try {
      await mkdir(stage, { recursive: true });
      const objects = join(fresh, 'objects');
      await mkdir(objects);
      const alternates = [join(ownGitDir, 'objects'), ...place.borrows.map((each) => join(each, 'objects'))];
      const call = {
        ...own,
        env: {
          ...own.env,
          GIT_OBJECT_DIRECTORY: objects,
          GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates.map(quoted).join(':'),
        },
      };
      const made = await treeOfWork(this.git, call, place, head, paths, stage, limits);
      const folder = join(ownGitDir, WORK, made.tree);
      // What is there under this name has the same objects.
      if (!(await exists(folder))) await rename(objects, folder);
      const now = new Date();
      await utimes(folder, now, now);
      return made;
    } finally {
      await removeTree(fresh);
      await this.sweepTrees(ownGitDir);
    }
  }

  /** Moves the objects of a tree to where they stay. */
  private async keepObjects({ ownGitDir }: CheckoutPlace, tree: string): Promise<void> {
    const folder = join(ownGitDir, WORK, tree);
    if (!(await exists(folder))) return;
    for await (const { name: part } of await opendir(folder)) {
      const target = join(ownGitDir, 'objects', part);
      await mkdir(target, { recursive: true });
      for await (const { name } of await opendir(join(folder, part)))
        await rename(join(folder, part, name), join(target, name));
    }
  }

  private async sweepTrees(ownGitDir: string): Promise<void> {
    const found: { folder: string; at: number }[] = [];
    for await (const { name } of await opendir(join(ownGitDir, WORK))) {
      const folder = join(ownGitDir, WORK, name);
      if (isObjectId(name)) found.push({ folder, at: (await stat(folder)).mtimeMs });
      else await removeTree(folder);
    }
    const old = found.sort((a, b) => b.at - a.at).slice(KEPT_TREES);
    for (const { folder } of old) if (!this.readers.has(folder)) await removeTree(folder);
  }
}

/** As git reads a list of folders. */
const quoted = (path: string): string => (/[:"\n]/.test(path) ? JSON.stringify(path) : path);
