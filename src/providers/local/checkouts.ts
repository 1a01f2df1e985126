import { parseRepoRemote, type RepoRemote, InvalidRemoteError } from '../repo-remote.js';
import { ProviderError, type SandboxSpec } from '../sandbox-provider.js';
import { branchNameProblem, existingBranchProblem } from '../branch-name.js';
import { stopServer } from './agent-server.js';
import { clearHalfCheckouts, keepBranch, makeCheckout, readCheckout } from './checkout.js';
import type { Git } from './git.js';
import type { LocalLog } from './local-log.js';
import { Mirror, mirrorPlace } from './mirror.js';
import { markerOf } from './process-tree.js';
import type { RouteOptions } from './remote-route.js';
import { exists, makeFolders, type SandboxFiles } from './sandbox-files.js';

/** Makes checkouts from mirrors, one mirror a remote, and keeps their branches there. */
export class Checkouts {
  private readonly mirrorsDir: string;
  private readonly git: Git;
  private readonly routes: RouteOptions;
  private readonly log?: LocalLog;
  private readonly mirrors = new Map<string, Mirror>();

  constructor(mirrorsDir: string, git: Git, routes: RouteOptions, log?: LocalLog) {
    this.mirrorsDir = mirrorsDir;
    this.git = git;
    this.routes = routes;
    this.log = log;
  }

  /**
   * Makes the checkout unless it is there, clearing away what an attempt that died left. One call a
   * task at a time.
   */
  async make(spec: SandboxSpec, remote: RepoRemote, files: SandboxFiles, signal: AbortSignal): Promise<void> {
    if (await readCheckout(files)) return;
    if (await exists(files.root)) {
      await stopServer(files, signal);
      await clearHalfCheckouts(files);
    }
    // The folder is there before anything is fetched, so that an audit sees what was begun.
    await makeFolders(files.records, files.root);
    const mirror = this.mirror(remote);
    await mirror.refresh(signal);
    await mirror.requireFree(spec.branchName, signal);
    const commit = await mirror.startOf(spec.onBranch, signal);
    const wanted = { remote: remote.url, branch: spec.branchName, commit };
    await makeCheckout(this.git, mirror, files, wanted, markerOf(spec.taskId), signal);
    this.log?.info({ taskId: spec.taskId, ...wanted }, 'checkout made');
  }

  /** Copies the checkout's branch into its mirror, if there is a checkout. @throws ProviderError when it cannot */
  async keepBranch(files: SandboxFiles, signal: AbortSignal): Promise<void> {
    const done = await readCheckout(files);
    if (!done) return;
    const kept = await keepBranch(this.git, mirrorPlace(this.mirrorsDir, done.remote), files, done, signal);
    if (!kept) this.log?.warn({ taskId: files.taskId }, 'the checkout has no branch to keep any more');
  }

  private mirror(remote: RepoRemote): Mirror {
    const known = this.mirrors.get(remote.url);
    const mirror = known ?? new Mirror(this.mirrorsDir, remote, this.git, this.routes);
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
