import type { FailureCode } from '../events/failure-codes.js';

/** What a decider refuses with. */
export type RefusalCode = Extract<
  FailureCode,
  | 'task_exists'
  | 'task_not_found'
  | 'not_retryable'
  | 'not_archivable'
  | 'not_resumable'
  | 'task_is_over'
  | 'too_many_sessions'
  | 'session_not_found'
  | 'session_is_over'
  | 'prompt_not_found'
  | 'prompt_not_queued'
  | 'prompt_not_unsure'
  | 'too_many_prompts'
  | 'permission_not_found'
  | 'permission_answered'
  | 'unknown_option'
>;

/** The command makes no sense for the task as it is. The message says what would. */
export class CommandRefusedError extends Error {
  override readonly name = 'CommandRefusedError';
  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super(message);
  }
}
