import { FAILURES, type FailureCode } from './failure-codes.js';

/**
 * What the outside world (a provider, git, a remote) could not do, with a reason for people. `retryable` says whether
 * the same call may succeed later: what the table of codes says unless told otherwise.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly retryable: boolean;
  /** A stable word for programs, e.g. `remote_refused`, `agent_unhealthy`. */
  readonly code: FailureCode;
  /** The end of what a program put out that failed, or was stopped: then whoever stops it adds it. */
  output?: string;

  constructor(
    code: FailureCode,
    message: string,
    options: { retryable?: boolean; cause?: unknown; output?: string } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? FAILURES[code].retryable;
    this.output = options.output;
  }
}
