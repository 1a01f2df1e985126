import type { LeftOut } from '../events/task/changes.js';

/** Where the checkout of a task lies on this machine, and what of it is known from outside: what its agent cannot change. */
export interface CheckoutPlace {
  /** The work tree. It is the agent's, who may have put anything there. */
  readonly folder: string;
  /** The folder that goes with it: further worktrees in it belong to the checkout. */
  readonly root: string;
  /**
   * A bare repository of ours for this checkout alone, out of the agent's reach and on the checkout's file system; made when
   * it is not there. It is a cache: deleted, all but commits made by `CheckoutSnapshots.commit` comes again from the checkout.
   */
  readonly ownGitDir: string;
  /** Bare repositories of ours whose objects the checkout borrows. */
  readonly borrows: readonly string[];
  /** The commit that the checkout began at. */
  readonly start: string;
  /** Where the branch that it began from is now, as last fetched; `start` when that is not known. */
  readonly upstream: string;
  readonly remote: string;
  /** The task's own branch. */
  readonly branch: string;
}

/** What one snapshot may cost. */
export interface SnapshotLimits {
  /** So many files that are not committed are taken. */
  readonly mostFiles: number;
  /** So many bytes of them, in all and of one. */
  readonly mostBytes: number;
  readonly mostFileBytes: number;
  /** The longest that it may take, in milliseconds. */
  readonly mostMs: number;
}

/** A checkout as it was at one moment. Its objects are in our own repository. */
export interface Snapshot {
  /** The commit that HEAD is on; null before the first. */
  readonly head: string | null;
  /** The branch that HEAD is on; null where it is detached. */
  readonly branch: string | null;
  /** All that work hangs on in its repository: branches, HEAD, stashes, its own tags, … */
  readonly tips: readonly { readonly name: string; readonly object: string }[];
  /** What the changes are told against: where HEAD parted from the upstream. */
  readonly base: string;
  /** Commits of HEAD that the upstream has not, and the other way around. */
  readonly ahead: number;
  readonly behind: number;
  /** The tree of HEAD with all that is not committed, without what is ignored. */
  readonly tree: string;
  /** How many files are not committed. */
  readonly uncommitted: number;
  /** What is not committed and not in `tree`. */
  readonly left: readonly LeftOut[];
}
