import { NOTHING_YET, type Versioned } from '../fold.js';
import type { FailureCode } from '../failure-codes.js';
import type { EnvVersion } from '../project/project-parts.js';
import type { SessionSummary } from '../session/session-summary.js';
import type { PermissionPolicy } from '../session/session-vocabulary.js';
import type { ActionFold, PullRequestFold, PushedBranch } from './action-state.js';
import type { ChangesFold } from './changes.js';
import type { LifecycleFold } from './lifecycle-state.js';
import type { KeptRefs } from './task-events.js';
import type { SessionState, SetupSource, SetupState, Stage, TaskStatus, WaitsFor } from './vocabulary.js';

/** What a session begins with; null where nobody asked for anything. */
export interface SessionWish {
  readonly permissionPolicy: PermissionPolicy | null;
  readonly modeId: string | null;
  readonly model: string | null;
}

export interface SessionFold {
  readonly sessionId: string;
  readonly agentType: string;
  readonly prompt: string;
  readonly state: SessionState;
  /** The attempt that is due or under way. */
  readonly attempt: number;
  readonly agentSessionId: string | null;
  readonly error: string | null;
  readonly wish: SessionWish;
  /** Whether what is said in it is in its own stream: not in those that earlier versions opened. */
  readonly worksInStream: boolean;
  /** Null until something is said in it. */
  readonly summary: SessionSummary | null;
  readonly createdAt: string;
}

/** Why a task is in `error`, and from where `retry` goes on. */
export interface TaskError {
  /** For an event that cannot be read: the stage that was due, or else the one that ended last. */
  readonly stage: Stage;
  readonly attempts: number;
  readonly code: FailureCode;
  readonly reason: string;
  readonly at: string;
}

/** What is run in a task's sandbox before its agent starts. */
export interface SetupFold {
  readonly source: SetupSource;
  readonly state: SetupState;
  /** Counts failures from 1: tells a provider a repeated call from another try. */
  readonly run: number;
  /** The end of what it put out, short enough for a row; null before it has ended. */
  readonly output: string | null;
}

/** Why a task's changes could not be looked at. */
export interface ChangesProblem {
  readonly code: FailureCode;
  readonly reason: string;
  readonly at: string;
}

/** That a task waits for room, and for what, once that is known. */
export interface QueuedFold {
  readonly since: string;
  readonly for: WaitsFor | null;
  readonly limit: number | null;
}

/** A task as the fold of its events. */
export interface Task {
  readonly taskId: string;
  readonly workspaceId: string;
  readonly projectId: string;
  readonly repoRemote: string;
  readonly task: string;
  readonly title: string | null;
  /** The reserved branch; before that the one that was asked for, if any. */
  readonly branchName: string | null;
  /** The one that the caller asked for; null where Slipway chooses. */
  readonly branchWish: string | null;
  /** Branches that Slipway chose and that the repository turned out to have. */
  readonly takenBranches: readonly string[];
  readonly onBranch: string | null;
  readonly providerId: string;
  readonly agentType: string;
  readonly status: TaskStatus;
  readonly statusMessage: string;
  /** The stage that is due, under way or failed; null when nothing is to be done. */
  readonly stage: Stage | null;
  readonly attempt: number;
  /** Whether the stage's attempt has been started (its intent is stored) or is still due. */
  readonly started: boolean;
  readonly error: TaskError | null;
  /** Whether it has room among the live tasks of its workspace: from its first stage until it is archived or killed. */
  readonly admitted: boolean;
  /** There while it waits for room. */
  readonly queued: QueuedFold | null;
  /** There where an event of the stream cannot be read: the fold is as of the event before it, and goes no further. */
  readonly unreadable?: true;
  /** There where what was said in it is erased. */
  readonly erased?: true;
  /** There where its sandbox stops by itself. */
  readonly lifecycle: LifecycleFold | null;
  readonly sandboxId: string | null;
  readonly sandboxPath: string | null;
  /** What people should know of the checkout, a sentence each. */
  readonly notices: readonly string[];
  /** The commands that came with the task, or that its project has. */
  readonly setupCommands: string | null;
  readonly setupFrom: 'task' | 'project';
  /** The variables of its sandbox. */
  readonly env: EnvVersion | null;
  /** Whether submodules are fetched. */
  readonly submodules: boolean;
  /** Null where there is nothing to run, and until that is known. */
  readonly setup: SetupFold | null;
  /** The first session. */
  readonly sessionId: string;
  readonly sessions: readonly SessionFold[];
  readonly keepBranch: boolean;
  /** Work that outlived the sandbox, and where. */
  readonly kept: KeptRefs | null;
  /** What was asked to be done with the work, oldest first: the newest, and all that is under way. */
  readonly actions: readonly ActionFold[];
  /** Null until the branch was pushed. */
  readonly pushed: PushedBranch | null;
  readonly pullRequest: PullRequestFold | null;
  /** As they were last seen; null before that. */
  readonly changes: ChangesFold | null;
  /** Why the last look saw nothing; null where it did. */
  readonly changesProblem: ChangesProblem | null;
  /** Whether somebody asked for a look that has not been taken. */
  readonly changesAsked: boolean;
  readonly requestHash: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Null before `TaskCreated`. */
export type TaskState = Task | null;

/** A task's fold and how far in its stream it is. */
export type VersionedTask = Versioned<Task>;

export const NO_TASK: VersionedTask = NOTHING_YET;
