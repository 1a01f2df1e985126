import { ProviderError } from '../../events/provider-error.js';

/** @returns the failure of keeping: nothing has been deleted then */
export function notKept(why: string, cause?: unknown): ProviderError {
  return new ProviderError(
    'branch_not_kept',
    `The checkout was not deleted, because its work cannot be kept: ${why}. Save what is needed by hand, then kill the task with keepBranch: false.`,
    { retryable: false, cause },
  );
}
