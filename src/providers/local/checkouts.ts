import { join } from 'node:path';
import { parseRepoRemote, type RepoRemote, InvalidRemoteError } from '../../repository/repo-remote.js';
import type { KeptWork, PushedWork, PushSpec, SandboxSpec, UnpushedWork } from '../sandbox-provider.js';
import { ProviderError } from '../../events/provider-error.js';
import type { CheckoutPlace } from '../../repository/checkout-place.js';
import { branchNameProblem, existingBranchProblem } from '../../repository/branch-name.js';
import {
  type CheckoutDone,
  clearHalfCheckouts,
  makeCheckout,
  readCheckout,
  readCheckoutRecord,
} from './checkout.js';
import type { Git } from '../../repository/git.js';
import { keepWork, readKept } from './keep-work.js';
import type { LocalLog } from './local-log.js';
import { requireFree, startOf } from './mirror-branches.js';
import type { FetchLimits } from './mirror-fetch.js';
import type { MirrorUses } from './mirror-uses.js';
import { Mirror, type MirrorOptions } from './mirror.js';
import { mirrorPlace } from './mirror-place.js';
import { markerOf } from './process-tree.js';
import type { RouteOptions } from '../../repository/remote-route.js';
import { makeFolders, type SandboxFiles } from './sandbox-files.js';
import type { SandboxHost } from './sandbox-host.js';
import { exists } from '../../platform/plain-files.js';
import { checkoutPlace } from './checkout-places.js';
import { deleteKept, keptBundle, keptOf } from './kept-refs.js';
import { Submodules } from './submodules.js';
import { unpushedWork } from './unpushed-work.js';
import { CheckoutSnapshots } from '../../repository/checkout-snapshots.js';
import { UnreadableCheckoutError } from '../../repository/checkout-tips.js';
import { withAccess } from '../../repository/credentials/git-access.js';
import { gitFailure } from '../../repository/git-failure.js';
import { pushCheckout } from '../../repository/push-checkout.js';
import { routeTo } from '../../repository/remote-route.js';

/** GitHub takes no file that is larger. */
const MOST_FILE_BYTES = 100 << 20;
const PUSH_LIMITS = {
  mostFiles: 100_000,
  mostBytes: 2 ** 31,
  mostFileBytes: MOST_FILE_BYTES,
  mostMs: 240_000,
};

/** Makes checkouts from mirrors, one mirror a remote, and keeps their branches there. */
export class Checkouts {
  private readonly mirrorsDir: string;
  private readonly git: Git;
  private readonly routes: MirrorOptions;
  private readonly log?: LocalLog;
  private readonly uses: MirrorUses;
  private readonly limits: FetchLimits;
  private readonly mostUncommittedBytes: number;
  private readonly snapshots: CheckoutSnapshots;
  private readonly mirrors = new Map<string, Mirror>();

  constructor(
    mirrorsDir: string,
    git: Git,
    uses: MirrorUses,
    private readonly host: Pick<SandboxHost, 'stop' | 'handOver'>,
    {
      routes,
      limits,
      mostUncommittedBytes,
      log,
    }: { routes: MirrorOptions; limits: FetchLimits; mostUncommittedBytes: number; log?: LocalLog },
  ) {
    this.mostUncommittedBytes = mostUncommittedBytes;
    this.uses = uses;
    this.limits = limits;
    this.mirrorsDir = mirrorsDir;
    this.git = git;
    this.snapshots = new CheckoutSnapshots(git);
    this.routes = routes;
    this.log = log;
  }

  /**
   * Makes the checkout unless it is there, clearing away what an attempt that died left. One call a
   * task at a time.
   */
  async make(
    spec: SandboxSpec,
    remote: RepoRemote,
    files: SandboxFiles,
    signal: AbortSignal,
  ): Promise<CheckoutDone> {
    const done = await readCheckout(files);
    if (done) return done;
    if (await exists(files.root)) {
      await this.host.stop(files, signal);
      await clearHalfCheckouts(files, signal);
    }
    // The folder is there before anything is fetched, so that an audit sees what was begun.
    await makeFolders(files.records, files.root);
    await this.host.handOver(files.root, files.taskId, signal);
    const mirror = this.mirror(remote);
    const made = await this.uses.use(mirror.path, async () => {
      await mirror.refresh(signal, spec.workspaceId);
      await requireFree(this.git, mirror.path, spec.branchName, signal);
      const commit = await startOf(this.git, mirror.path, spec.onBranch, signal);
      const wanted = {
        ...{ remote: remote.url, branch: spec.branchName, commit, workspaceId: spec.workspaceId },
        ...(spec.envId !== undefined && { envId: spec.envId }),
      };
      const submodules = this.submodules(spec, markerOf(spec.taskId), signal);
      const how = {
        handOver: (folder: string) => this.host.handOver(folder, files.taskId, signal),
        fetchSubmodules: spec.submodules ? (tree: string) => submodules.fetch(tree, remote) : undefined,
        signal,
      };
      return makeCheckout(this.git, mirror, files, wanted, how).catch(async (error: unknown) => {
        await mirror.blame(error instanceof ProviderError ? error.cause : error);
        throw error;
      });
    });
    this.log?.info({ taskId: spec.taskId, ...made }, 'checkout made');
    return made;
  }

  /**
   * Copies all work of the checkout into its mirror. Where it is begun to be deleted, that was done before.
   * @returns what was kept, undefined when there was never a complete checkout
   * @throws ProviderError when it cannot be kept
   */
  async keepWork(files: SandboxFiles, signal: AbortSignal): Promise<KeptWork | undefined> {
    const done = await readCheckoutRecord(files);
    if (!done) return readKept(files);
    const mirror = mirrorPlace(this.mirrorsDir, done.remote);
    const most = this.mostUncommittedBytes;
    return this.uses.use(mirror.path, () => keepWork(this.git, mirror, files, done, most, signal));
  }

  /**
   * Pushes what is in the checkout, from our own repository of it.
   * @throws ProviderError
   */
  async push(spec: PushSpec, files: SandboxFiles, signal: AbortSignal): Promise<PushedWork> {
    const done = await readCheckout(files);
    if (!done)
      throw new ProviderError('sandbox_missing', 'The sandbox has no complete checkout.', {
        retryable: false,
      });
    const remote = parseRepoRemote(done.remote, this.routes);
    const mirror = mirrorPlace(this.mirrorsDir, done.remote);
    const place = checkoutPlace(files, done, mirror, spec.branchName);
    await makeFolders(join(files.own, '..'));
    const route = await routeTo(remote, this.routes);
    return this.uses.use(mirror.path, () =>
      withAccess(route, remote, spec.workspaceId, this.routes.access, async (opened) => {
        try {
          const pushed = await pushCheckout(
            this.git,
            this.snapshots,
            place,
            PUSH_LIMITS,
            opened,
            spec,
            signal,
          );
          return { ...pushed, remote: done.remote };
        } catch (error) {
          throw error instanceof UnreadableCheckoutError
            ? new ProviderError('sandbox_damaged', `The checkout cannot be pushed: ${error.message}.`, {
                retryable: false,
                cause: error,
              })
            : gitFailure(error, done.remote);
        }
      }),
    );
  }

  /** Where a whole checkout lies, for those who look at it; null when there is none. */
  async placeOf(
    files: SandboxFiles,
    onBranch: string | undefined,
    signal: AbortSignal,
  ): Promise<CheckoutPlace | null> {
    const done = await readCheckout(files);
    if (!done) return null;
    const mirror = mirrorPlace(this.mirrorsDir, done.remote).path;
    const { remote, branch, commit: start } = done;
    // A branch that was deleted since tells nothing of where it would be now.
    const upstream = await startOf(this.git, mirror, onBranch, signal).catch(() => start);
    signal.throwIfAborted();
    const { checkout: folder, root, seen: ownGitDir } = files;
    return { folder, root, ownGitDir, borrows: [mirror], start, upstream, remote, branch };
  }

  /** What would be lost with the checkout; null where there is none, or nothing would be. */
  async unpushed(
    files: SandboxFiles,
    lastPushed: string | null,
    signal: AbortSignal,
  ): Promise<UnpushedWork | null> {
    const done = await readCheckout(files);
    if (!done) return null;
    const mirror = mirrorPlace(this.mirrorsDir, done.remote);
    const place = checkoutPlace(files, done, mirror, done.branch);
    await makeFolders(join(files.own, '..'));
    const looked = { mirror: mirror.path, lastPushed, limits: PUSH_LIMITS };
    return this.uses.use(mirror.path, () => unpushedWork(this.git, this.snapshots, place, looked, signal));
  }

  async keptBundle(files: SandboxFiles, signal: AbortSignal): Promise<AsyncGenerator<Buffer> | null> {
    const kept = await keptOf(files);
    return kept && keptBundle(this.git, kept.where, kept, signal);
  }

  async deleteKept(files: SandboxFiles, signal: AbortSignal): Promise<void> {
    const kept = await keptOf(files);
    if (!kept) return;
    const mirror = { path: kept.where, lock: kept.where.replace(/\.git$/, '.lock') };
    await this.uses.use(mirror.path, () => deleteKept(this.git, files, mirror, kept, signal));
  }

  /** What fetches the submodules of one checkout: through mirrors as well, with the same rules and rights. */
  private submodules(
    spec: SandboxSpec,
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Submodules {
    const withCopy = async <T>(remote: RepoRemote, work: (path: string) => Promise<T>): Promise<T> => {
      const mirror = this.mirror(remote);
      return this.uses.use(mirror.path, async () => {
        await mirror.refresh(signal, spec.workspaceId);
        return work(mirror.path);
      });
    };
    return new Submodules({ git: this.git, routes: this.routes, withCopy }, signal, env);
  }

  private mirror(remote: RepoRemote): Mirror {
    const known = this.mirrors.get(remote.url);
    const mirror = known ?? new Mirror(this.mirrorsDir, remote, this.git, this.routes, this.limits);
    this.mirrors.set(remote.url, mirror);
    return mirror;
  }
}

/**
 * The remote of a spec whose spelling is all right; nothing has been started by then.
 * @throws ProviderError, not retryable
 */
export function checkedRemote(spec: SandboxSpec, routes: RouteOptions): RepoRemote {
  const problem =
    branchNameProblem(spec.branchName) ??
    (spec.onBranch === undefined ? null : existingBranchProblem(spec.onBranch));
  if (problem !== null) throw new ProviderError('bad_branch', problem, { retryable: false });
  try {
    return parseRepoRemote(spec.repoRemote, routes);
  } catch (error) {
    if (!(error instanceof InvalidRemoteError)) throw error;
    throw new ProviderError('remote_refused', error.message, { retryable: false });
  }
}
