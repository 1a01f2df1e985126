import type { FailureCode } from '../failure-codes.js';

/** What can be done with a task's work, beside its stages: an action changes no status. */
export const ACTION_KINDS = ['push', 'pull_request'] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];
export const ACTION_STATES = ['requested', 'running', 'done', 'error'] as const;
export type ActionState = (typeof ACTION_STATES)[number];
export const PULL_REQUEST_STATES = ['open', 'draft', 'merged', 'closed'] as const;
export type PullRequestState = (typeof PULL_REQUEST_STATES)[number];
/** What a host says of its checks of a pull request's commit; `none` where there are none. */
export const CHECK_STATES = ['none', 'pending', 'passed', 'failed'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** What a push was asked to do. */
export interface PushWish {
  /** Of the commit with what was not committed; null for one made from the task's title. */
  readonly message: string | null;
  readonly includeUncommitted: boolean;
  readonly force: boolean;
  /** Of that commit; the service's own when absent. */
  readonly author?: { readonly name: string; readonly email: string };
}

/** What a pull request was asked to be; null for what follows from the task. */
export interface PullRequestWish {
  readonly title: string | null;
  readonly body: string | null;
  readonly draft: boolean;
  readonly base: string | null;
}

export interface ActionFold {
  readonly actionId: string;
  readonly kind: ActionKind;
  readonly state: ActionState;
  /** The attempt that is due, under way or was the last. */
  readonly attempt: number;
  /** One line for people. */
  readonly message: string;
  readonly push: PushWish;
  /** Null for a push. */
  readonly pullRequest: PullRequestWish | null;
  /** What is on the remote; null until it is. */
  readonly commit: string | null;
  readonly url: string | null;
  readonly number: number | null;
  readonly error: { readonly code: FailureCode; readonly reason: string } | null;
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** The task's branch as it was last pushed. */
export interface PushedBranch {
  readonly commit: string;
  readonly remote: string;
  readonly at: string;
}

export interface PullRequestFold {
  readonly url: string;
  readonly number: number;
  readonly state: PullRequestState;
  readonly checks: CheckState;
  /** When that was last found out. */
  readonly at: string;
}

export const isUnfinished = ({ state }: Pick<ActionFold, 'state'>): boolean =>
  state === 'requested' || state === 'running';
