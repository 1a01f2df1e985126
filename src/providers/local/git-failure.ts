import type { FailureCode } from '../../events/failure-codes.js';
import { ProviderError } from '../sandbox-provider.js';
import { GitError, LOCK_TIMEOUT_CODE } from './git.js';

interface Known {
  readonly pattern: RegExp;
  readonly code: FailureCode;
  readonly message: (remote: string) => string;
}

/** What no repetition heals, in the words of git 2.30 to 2.50. Everything else is worth another attempt. */
const FINAL: readonly Known[] = [
  {
    pattern: /could not read (Username|Password)|Authentication failed|returned error: 40[13]/,
    code: 'remote_unauthorized',
    message: (remote) => `${remote} does not exist or may not be read without credentials.`,
  },
  {
    pattern: /Permission denied \(|no such identity|Host key verification failed/,
    code: 'remote_unauthorized',
    message: (remote) =>
      `The ssh server of ${remote} refused us, or its host key is not among the known hosts of Slipway's user.`,
  },
  {
    pattern:
      /does not appear to be a git repository|repository .* (not found|does not exist)|not a git repository/i,
    code: 'repository_not_found',
    message: (remote) => `There is no git repository at ${remote}.`,
  },
  {
    pattern: /dubious ownership/,
    code: 'repository_owned_by_other',
    message: (remote) => `${remote} belongs to another user than the one Slipway runs as.`,
  },
  {
    pattern: /unable to update url base from redirection|redirect/i,
    code: 'remote_redirects',
    message: (remote) => `${remote} redirects elsewhere. Use the address that it redirects to.`,
  },
];

/** A git failure as the port knows it; other errors (an abort, a ProviderError) as they are. */
export function gitFailure(error: unknown, remote: string): unknown {
  if (!(error instanceof GitError)) return error;
  if (error.code === LOCK_TIMEOUT_CODE) {
    return new ProviderError('mirror_busy', `Another process is fetching ${remote}.`, { retryable: true });
  }
  const known = FINAL.find(({ pattern }) => pattern.test(error.stderr));
  if (known) return new ProviderError(known.code, known.message(remote), { retryable: false, cause: error });
  return new ProviderError('git_failed', error.message, { retryable: true, cause: error });
}
