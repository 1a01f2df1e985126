import { ProviderError } from '../events/provider-error.js';
import { GitError } from './git.js';
import { gitFailure } from './git-failure.js';

/** So much of what the remote said is told. */
const MOST_SAID = 1_000;

/** A failed push as the port knows it: what git and the remote say in the C locale tells the kinds apart. */
export function pushFailure(error: unknown, remote: string, branch: string): unknown {
  if (!(error instanceof GitError)) return error;
  const { stderr } = error;
  if (/^ ! \[rejected\] .*\((non-fast-forward|fetch first|stale info|needs force)\)$/m.test(stderr)) {
    const stale = /\(stale info\)$/m.test(stderr);
    return new ProviderError(
      'push_not_fast_forward',
      stale
        ? `The branch ${branch} of ${remote} was changed by somebody else meanwhile, so it was not replaced.`
        : `The branch ${branch} of ${remote} has commits that the task has not.`,
      { retryable: false, cause: error },
    );
  }
  const refused = /^ ! \[remote (rejected|failure)\] .*\((.*)\)$/m.exec(stderr);
  if (refused)
    return new ProviderError(
      'push_rejected',
      `${remote} did not take the branch ${branch} (${refused[2]})${said(stderr)}`,
      { retryable: false, cause: error },
    );
  return gitFailure(error, remote);
}

/** The remote's own lines, which say more than git does. */
function said(stderr: string): string {
  const lines = [...stderr.matchAll(/^remote: *(.*\S) *$/gm)].map(([, line]) => line);
  return lines.length === 0 ? '.' : `: ${lines.join(' ').slice(0, MOST_SAID)}`;
}
