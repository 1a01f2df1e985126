import type { FailureCode } from '../events/failure-codes.js';

type TooManyCode = Extract<
  FailureCode,
  'too_many_requests' | 'too_many_creates' | 'workspace_full' | 'too_many_wrong_tokens'
>;

/** More than somebody may have of something just now. The message says of what, and what would help. */
export class TooManyError extends Error {
  override readonly name = 'TooManyError';
  constructor(
    readonly code: TooManyCode,
    message: string,
    /** Seconds after which it may go again. */
    readonly retryAfter: number,
  ) {
    super(message);
  }
}
