import type { FailureCode } from '../events/failure-codes.js';
import type { EnvVersion } from '../events/project/project-parts.js';
import type { SessionSummary } from '../events/session/session-summary.js';
import type { PermissionPolicy } from '../events/session/session-vocabulary.js';
import type { ObservedChanges } from '../events/task/changes.js';
import type { KeptRefs } from '../events/task/task-events.js';
import type { Stage, WaitsFor } from '../events/task/vocabulary.js';
import type { CheckState, PullRequestState, PullRequestWish, PushWish } from '../events/task/action-state.js';

/**
 * What can be asked of the decider. `at` is the clock of whoever asks (ISO 8601, UTC): the decider has
 * none. Attempt numbers say which attempt the asker means; a command about another one is out of date.
 */
export type TaskCommand =
  | CreateTask
  | { readonly type: 'StartStage'; readonly stage: Stage; readonly attempt: number; readonly at: string }
  | {
      readonly type: 'CompleteStage';
      readonly attempt: number;
      readonly at: string;
      readonly outcome: StageOutcome;
    }
  | FailStage
  | {
      readonly type: 'RequestSession';
      readonly sessionId: string;
      readonly agentType?: string;
      readonly prompt?: string;
      readonly permissionPolicy?: PermissionPolicy;
      readonly modeId?: string;
      readonly model?: string;
      readonly at: string;
    }
  | {
      /** What others see of a session is now this. */
      readonly type: 'NoteSession';
      readonly sessionId: string;
      readonly summary: SessionSummary;
      readonly at: string;
    }
  | {
      readonly type: 'CompleteSession';
      readonly sessionId: string;
      readonly agentSessionId: string;
      readonly worksInStream?: boolean;
      readonly at: string;
    }
  | FailSession
  | GiveUpStage
  | { readonly type: 'RefreshChanges'; readonly at: string }
  | { readonly type: 'NoteChanges'; readonly seen: ObservedChanges; readonly at: string }
  | {
      readonly type: 'NoteChangesProblem';
      readonly code: FailureCode;
      readonly reason: string;
      readonly at: string;
    }
  /** The task is to wait for room; with `for` and `limit` where it is known that there is none. */
  | {
      readonly type: 'QueueTask';
      readonly for?: WaitsFor;
      readonly limit?: number;
      readonly at: string;
    }
  /** There is room for a task that waits. */
  | { readonly type: 'AdmitTask'; readonly at: string }
  /** What the time asks for: a warning that the sandbox stops, or its stop. */
  | { readonly type: 'SleepIfDue'; readonly at: string }
  /** Somebody types in a shell in the sandbox, which is to stay awake until then. */
  | { readonly type: 'NoteTyping'; readonly until: string; readonly at: string }
  /** A task that sleeps goes on; any other stays as it is. */
  | { readonly type: 'Wake'; readonly at: string }
  | { readonly type: 'Retry'; readonly at: string }
  | { readonly type: 'Archive'; readonly at: string }
  | { readonly type: 'Resume'; readonly at: string }
  | ActionCommand
  | { readonly type: 'DeleteKept'; readonly at: string }
  | { readonly type: 'Erase'; readonly at: string }
  | { readonly type: 'Kill'; readonly keepBranch: boolean; readonly at: string };

export interface CreateTask {
  readonly type: 'CreateTask';
  readonly at: string;
  readonly taskId: string;
  readonly workspaceId: string;
  readonly projectId: string;
  readonly repoRemote: string;
  readonly task: string;
  readonly title?: string;
  readonly branchName?: string;
  readonly onBranch?: string;
  readonly providerId: string;
  readonly agentType: string;
  readonly sessionId: string;
  readonly requestHash?: string;
  readonly setup?: string;
  /** There where the commands are not the task's own. */
  readonly setupFrom?: 'project';
  readonly env?: EnvVersion;
  readonly submodules?: boolean;
  /** Seconds, more than 0. */
  readonly idleStopAfter?: number;
  readonly maxAge?: number;
  readonly permissionPolicy?: PermissionPolicy;
  readonly modeId?: string;
  readonly model?: string;
}

/** What a stage achieved. */
export type StageOutcome =
  | { readonly stage: 'ensure_name'; readonly title: string; readonly branchName: string }
  | {
      readonly stage: 'create_sandbox';
      readonly sandboxId: string;
      readonly path?: string;
      readonly notices?: readonly string[];
      /** Whether the repository brings a setup. */
      readonly setupScript?: boolean;
    }
  | { readonly stage: 'run_setup'; readonly output: string }
  | { readonly stage: 'ensure_agent'; readonly endpoint?: string }
  | {
      readonly stage: 'create_session';
      readonly agentSessionId: string;
      readonly worksInStream?: boolean;
    }
  | { readonly stage: 'release_sandbox' }
  | { readonly stage: 'destroy_sandbox'; readonly kept?: KeptRefs };

export interface Failure {
  readonly code: FailureCode;
  readonly reason: string;
  readonly retryable: boolean;
  /** When the next attempt would be made; absent when the policy allows no further one. */
  readonly nextAttemptAt?: string;
  /** The end of what a setup put out. */
  readonly setupOutput?: string;
}

export interface FailStage {
  readonly type: 'FailStage';
  readonly stage: Stage;
  readonly attempt: number;
  /** The task's branch when the attempt was begun. */
  readonly branchName?: string | null;
  readonly at: string;
  readonly failure: Failure;
}

export interface FailSession {
  readonly type: 'FailSession';
  readonly sessionId: string;
  readonly attempt: number;
  readonly at: string;
  readonly failure: Failure;
}

/** Nothing more is done about what is due: outside of any attempt, for a reason that no provider gave. */
export interface GiveUpStage {
  readonly type: 'GiveUpStage';
  readonly stage: Stage;
  readonly attempt: number;
  readonly code: FailureCode;
  readonly reason: string;
  readonly at: string;
}

/** What is asked to be done with a task's work, and what came of it. */
export type ActionCommand =
  | {
      readonly type: 'RequestPush';
      readonly actionId: string;
      readonly push: PushWish;
      readonly at: string;
    }
  | {
      readonly type: 'RequestPullRequest';
      readonly actionId: string;
      readonly push: PushWish;
      readonly pullRequest: PullRequestWish;
      readonly at: string;
    }
  | {
      readonly type: 'StartAction';
      readonly actionId: string;
      readonly attempt: number;
      readonly at: string;
    }
  | {
      readonly type: 'NotePush';
      readonly actionId: string;
      readonly commit: string;
      readonly remote: string;
      readonly left?: readonly string[];
      readonly at: string;
    }
  | {
      readonly type: 'NotePullRequest';
      readonly actionId: string;
      readonly url: string;
      readonly number: number;
      readonly state: PullRequestState;
      readonly at: string;
    }
  | {
      readonly type: 'FailAction';
      readonly actionId: string;
      readonly attempt: number;
      readonly failure: Failure;
      readonly at: string;
    }
  | {
      /** How a pull request is now, as its host says. */
      readonly type: 'ObservePullRequest';
      readonly url: string;
      readonly number: number;
      readonly state: PullRequestState;
      readonly checks: CheckState;
      readonly at: string;
    };
