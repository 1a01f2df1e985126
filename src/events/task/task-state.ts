import { NOTHING_YET, type Versioned } from '../fold.js';
import type { FailureCode } from '../failure-codes.js';
import type { SessionSummary } from '../session/session-summary.js';
import type { PermissionPolicy } from '../session/session-vocabulary.js';
import type { KeptRefs } from './task-events.js';
import type { SessionState, Stage, TaskStatus } from './vocabulary.js';

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
  /** There where an event of the stream cannot be read: the fold is as of the event before it, and goes no further. */
  readonly unreadable?: true;
  readonly sandboxId: string | null;
  readonly sandboxPath: string | null;
  /** What people should know of the checkout, a sentence each. */
  readonly notices: readonly string[];
  /** The first session. */
  readonly sessionId: string;
  readonly sessions: readonly SessionFold[];
  readonly keepBranch: boolean;
  /** Work that outlived the sandbox, and where. */
  readonly kept: KeptRefs | null;
  readonly requestHash: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Null before `TaskCreated`. */
export type TaskState = Task | null;

/** A task's fold and how far in its stream it is. */
export type VersionedTask = Versioned<Task>;

export const NO_TASK: VersionedTask = NOTHING_YET;
