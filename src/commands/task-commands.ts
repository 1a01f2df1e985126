import type { FailureCode } from '../events/failure-codes.js';
import type { SessionSummary } from '../events/session/session-summary.js';
import type { PermissionPolicy } from '../events/session/session-vocabulary.js';
import type { KeptRefs } from '../events/task/task-events.js';
import type { Stage } from '../events/task/vocabulary.js';

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
  | ReportDeadSession
  | { readonly type: 'Retry'; readonly at: string }
  | { readonly type: 'Archive'; readonly at: string }
  | { readonly type: 'Resume'; readonly at: string }
  | { readonly type: 'Kill'; readonly keepBranch: boolean; readonly at: string };

/** A session that was ready has ended: with its agent, unless the failure says otherwise. */
export interface ReportDeadSession {
  readonly type: 'ReportDeadSession';
  readonly sessionId: string;
  readonly failure?: { readonly code: FailureCode; readonly reason: string };
  readonly at: string;
}

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
    }
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
