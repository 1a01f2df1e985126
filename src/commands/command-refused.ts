import type { FailureCode } from '../events/failure-codes.js';

/** What a decider refuses with. */
export type RefusalCode = Extract<
  FailureCode,
  | 'task_exists'
  | 'task_not_found'
  | 'project_not_found'
  | 'not_retryable'
  | 'not_archivable'
  | 'not_resumable'
  | 'not_pushable'
  | 'unpushed_work'
  | 'kept_not_found'
  | 'no_pull_request'
  | 'task_not_killed'
  | 'task_not_sealed'
  | 'task_is_over'
  | 'no_checkout_yet'
  | 'checkout_gone'
  | 'path_not_found'
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
  | 'unknown_choice'
>;

/** The command makes no sense for the task as it is. The message says what would. */
export class CommandRefusedError extends Error {
  override readonly name = 'CommandRefusedError';
  constructor(
    readonly code: RefusalCode,
    message: string,
    /** What else an answer tells. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** The task, where there is one. Throws CommandRefusedError `task_not_found`. */
export function existing<Task>(task: Task | null): Task {
  if (task === null) throw new CommandRefusedError('task_not_found', 'There is no such task.');
  return task;
}

/** A request that the caller has to change. Each problem names its field and says what to change. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
  constructor(
    readonly problems: readonly { readonly field: string; readonly message: string }[],
    readonly code: Extract<
      FailureCode,
      'invalid_request' | 'idempotency_key_reused' | 'agent_not_allowed' | 'bad_branch' | 'unknown_choice'
    > = 'invalid_request',
  ) {
    super(problems.map(({ message }) => message).join('; '));
  }
}
