import type { TaskRecord, TaskStatus } from '@slipway/client';

export interface LegalActions {
  readonly retry: boolean;
  readonly archive: boolean;
  readonly resume: boolean;
  readonly kill: boolean;
  readonly session: boolean;
}

const OVER: readonly TaskStatus[] = ['archiving', 'archived', 'killing', 'killed'];
const MAX_SESSIONS = 100;

/** What would have an effect on the task as it is: the service's own rules (src/commands/decide.ts), which a test compares. */
export function legalActions({ status, error, sessions }: TaskRecord): LegalActions {
  const over = OVER.includes(status);
  const killed = status === 'killing' || status === 'killed' || error?.stage === 'destroy_sandbox';
  const wayOutFailed = error?.stage === 'release_sandbox' || error?.stage === 'destroy_sandbox';
  return {
    retry: status === 'error' && error !== null,
    archive: !over && !killed,
    resume: status === 'archived',
    kill: status !== 'killing' && status !== 'killed',
    session: !over && !wayOutFailed && sessions.length < MAX_SESSIONS,
  };
}
