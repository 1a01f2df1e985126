import { parseRepoRemote, type RepoRemote, InvalidRemoteError } from '../../repository/repo-remote.js';
import type { KeptWork, SandboxSpec } from '../sandbox-provider.js';
import { ProviderError } from '../../events/provider-error.js';
import { branchNameProblem, existingBranchProblem } from '../../repository/branch-name.js';
import { stopServer } from './agent-server.js';
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
import { Mirror } from './mirror.js';
import { mirrorPlace } from './mirror-place.js';
import { markerOf } from './process-tree.js';
import type { RouteOptions } from '../../repository/remote-route.js';
import { makeFolders, type SandboxFiles } from './sandbox-files.js';
import { exists } from '../../platform/plain-files.js';

/** Makes checkouts from mirrors, one mirror a remote, and keeps their branches there. */
export class Checkouts {
  private readonly mirrorsDir: string;
  private readonly git: Git;
  private readonly routes: RouteOptions;
  private readonly log?: LocalLog;
  private readonly uses: MirrorUses;
  private readonly limits: FetchLimits;
  private readonly mostUncommittedBytes: number;
  private readonly mirrors = new Map<string, Mirror>();

  constructor(
    mirrorsDir: string,
    git: Git,
    uses: MirrorUses,
    {
      routes,
      limits,
      mostUncommittedBytes,
      log,
    }: { routes: RouteOptions; limits: FetchLimits; mostUncommittedBytes: number; log?: LocalLog },
  ) {
    this.mostUncommittedBytes = mostUncommittedBytes;
    this.uses = uses;
    this.limits = limits;
    this.mirrorsDir = mirrorsDir;
    this.git = git;
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
      await stopServer(files, signal);
      await clearHalfCheckouts(files, signal);
    }
    // The folder is there before anything is fetched, so that an audit sees what was begun.
    await makeFolders(files.records, files.root);
    const mirror = this.mirror(remote);
    const made = await this.uses.use(mirror.path, async () => {
      await mirror.refresh(signal);
      await requireFree(this.git, mirror.path, spec.branchName, signal);
      const commit = await startOf(this.git, mirror.path, spec.onBranch, signal);
      const wanted = { remote: remote.url, branch: spec.branchName, commit };
      return makeCheckout(this.git, mirror, files, wanted, markerOf(spec.taskId), signal).catch(
        async (error: unknown) => {
          await mirror.blame(error instanceof ProviderError ? error.cause : error);
          throw error;
        },
      );
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
