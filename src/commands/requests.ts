/** What a caller wants done, and where. In the optional fields the empty text means the same as nothing. */
export interface TaskRequest {
  /** The prompt. */
  readonly task: string;
  readonly repoRemote: string;
  readonly workspaceId?: string;
  readonly title?: string;
  readonly branchName?: string;
  readonly onBranch?: string;
  readonly providerId?: string;
  readonly agentType?: string;
}

/** What a caller wants of a further session. */
export interface SessionRequest {
  /** The task's own when absent. */
  readonly agentType?: string;
  /** What to ask at once; nothing when absent. */
  readonly prompt?: string;
}
