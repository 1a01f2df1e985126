import type { FailureCode } from '../events/failure-codes.js';

/** A request that the caller has to change. Each problem names its field and says what to change. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
  constructor(
    readonly problems: readonly { readonly field: string; readonly message: string }[],
    readonly code: Extract<
      FailureCode,
      'invalid_request' | 'idempotency_key_reused' | 'agent_not_allowed' | 'bad_branch'
    > = 'invalid_request',
  ) {
    super(problems.map(({ message }) => message).join('; '));
  }
}
