import type { FailureCode } from '../events/failure-codes.js';

/** Somebody could not be logged in. */
export class LoginFailedError extends Error {
  override readonly name = 'LoginFailedError';
  constructor(
    readonly code: Extract<
      FailureCode,
      | 'login_expired'
      | 'login_refused'
      | 'login_not_permitted'
      | 'login_provider_away'
      | 'event_store_unavailable'
    >,
    message: string,
    /** Who it was, where that is known. */
    readonly actor?: string,
  ) {
    super(message);
  }
}
