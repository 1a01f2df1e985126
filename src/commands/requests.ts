import type { PermissionPolicy } from '../events/session/session-vocabulary.js';

/** How a caller wants to work in a session; the agent's and Slipway's own ways when absent. */
export interface SessionSettingsRequest {
  readonly permissionPolicy?: PermissionPolicy;
  readonly modeId?: string;
  readonly model?: string;
}

/** What a caller wants done, and where. In the optional fields the empty text means the same as nothing. */
export interface TaskRequest extends SessionSettingsRequest {
  /** The prompt. */
  readonly task: string;
  readonly repoRemote: string;
  readonly workspaceId?: string;
  readonly title?: string;
  readonly branchName?: string;
  readonly onBranch?: string;
  readonly providerId?: string;
  readonly agentType?: string;
  /** Commands for `/bin/sh`, run in the sandbox before its agent starts; a blank one is none. */
  readonly setup?: string;
  /** Seconds after which its sandbox stops, without activity and in all; 0: never. */
  readonly idleStopAfter?: number;
  readonly maxAge?: number;
}

/** What a caller wants of a further session. */
export interface SessionRequest extends SessionSettingsRequest {
  /** The task's own when absent. */
  readonly agentType?: string;
  /** What to ask at once; nothing when absent. */
  readonly prompt?: string;
}
