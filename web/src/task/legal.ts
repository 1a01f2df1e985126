import type { TaskRecord, TaskStatus } from '@slipway/client';

export interface LegalActions {
  readonly retry: boolean;
  readonly archive: boolean;
  readonly resume: boolean;
  readonly kill: boolean;
  readonly session: boolean;
}

const OVER: readonly TaskStatus[] = ['archiving', 'archived', 'sleeping', 'killing', 'killed'];
const MAX_SESSIONS = 100;

/** What would have an effect on the task as it is: the service's own rules (src/commands/decide.ts), which a test compares. */
export function legalActions({ status, error, sessions, sleep }: TaskRecord): LegalActions {
  const over = OVER.includes(status);
  // Also on its way to sleep.
  const asleep = (status === 'archiving' || status === 'sleeping') && (sleep?.deadline ?? null) !== null;
  const killed = status === 'killing' || status === 'killed' || error?.stage === 'destroy_sandbox';
  const wayOutFailed = error?.stage === 'release_sandbox' || error?.stage === 'destroy_sandbox';
  return {
    retry: status === 'error' && error !== null,
    archive: (!over || asleep) && !killed,
    resume: status === 'archived' || status === 'sleeping',
    kill: status !== 'killing' && status !== 'killed',
    session: (!over || asleep) && !wayOutFailed && sessions.length < MAX_SESSIONS,
  };
}
