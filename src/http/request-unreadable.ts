import type { FailureCode } from '../events/failure-codes.js';

/** A request that is refused for its form, before anybody looks at what it asks for. */
export class RequestUnreadableError extends Error {
  override readonly name = 'RequestUnreadableError';
  constructor(
    readonly code: FailureCode,
    message: string,
    /** The fields that are wrong, where it is a matter of fields. */
    readonly problems?: readonly { readonly field: string; readonly message: string }[],
  ) {
    super(message);
  }
}
