import type { FailureCode } from '../events/failure-codes.js';
import { ProviderError } from '../events/provider-error.js';
import { GitError, LOCK_TIMEOUT_CODE } from './git.js';

interface Known {
  readonly pattern: RegExp;
  readonly code: FailureCode;
  readonly message: (remote: string) => string;
  /** As its code says when absent. */
  readonly retryable?: boolean;
}

/** How git begins when curl fails; the address of the remote is between the quotes. */
const UNABLE = "^fatal: unable to access '.*': ";

const unauthorized = (remote: string) => `${remote} does not exist or may not be read without credentials.`;
const absent = (remote: string) => `There is no git repository at ${remote}.`;

/**
 * Whole lines of git 2.30 to 2.50 and of ssh, in the C locale, so that a remote's name or address never
 * counts for what is wrong with it. What matches none is worth another attempt.
 */
const KNOWN: readonly Known[] = [
  {
    pattern: /^fatal: (could not read (Username|Password) for '.*'|Authentication failed for '.*'$)/m,
    code: 'remote_unauthorized',
    message: unauthorized,
  },
  {
    pattern: /^fatal: unable to access '.*': The requested URL returned error: 40[13]$/m,
    code: 'remote_unauthorized',
    message: unauthorized,
  },
  {
    pattern: /^(\S+: )?Permission denied \([a-z,-]+\)\.\r?$|^Host key verification failed\.\r?$/m,
    code: 'remote_unauthorized',
    message: (remote) =>
      `The ssh server of ${remote} refused us, or its host key is not among the known hosts of Slipway's user.`,
  },
  {
    pattern:
      /^fatal: '.*' does not appear to be a git repository$|^fatal: repository '.*' (not found|does not exist)$|^ERROR: Repository not found\.\r?$|^fatal: unable to access '.*': The requested URL returned error: 4(04|10)$/m,
    code: 'repository_not_found',
    message: absent,
  },
  {
    pattern: /^fatal: detected dubious ownership in repository at '/m,
    code: 'repository_owned_by_other',
    message: (remote) => `${remote} belongs to another user than the one Slipway runs as.`,
  },
  {
    pattern:
      /^fatal: unable to update url base from redirection:$|^fatal: unable to access '.*': The requested URL returned error: 30[12378]$/m,
    code: 'remote_redirects',
    message: (remote) => `${remote} redirects elsewhere. Use the address that it redirects to.`,
  },
  {
    pattern: /^fatal: (mismatched algorithms: client sha1; server sha256|the remote end uses .*sha256.*)$/m,
    code: 'repository_unsupported',
    message: (remote) =>
      `${remote} names its objects by SHA-256; only repositories with SHA-1 are supported.`,
  },
  {
    pattern: /^remote: fatal: could not fetch [0-9a-f]+ from promisor remote$/m,
    code: 'repository_unsupported',
    message: (remote) =>
      `${remote} is a partial clone (made with --filter) and lacks objects. Use a complete repository.`,
  },
  {
    // What the other side says of itself: our own folder's damage has other words.
    pattern:
      /^(remote|fatal: git upload-pack): aborting due to possible repository corruption on the remote side\. *$/m,
    code: 'repository_damaged',
    message: (remote) =>
      `${remote} is damaged: objects of it are missing or corrupt. "git fsck --full" there names them; mend it or use a whole copy, then retry.`,
  },
  {
    // Also a remote whose refs change at that moment.
    pattern: /^fatal: remote error: upload-pack: not our ref [0-9a-f]+ *$/m,
    code: 'repository_damaged',
    message: (remote) =>
      `${remote} has a branch or a tag whose commit is not there. "git fsck" there names it; delete or mend it, then retry.`,
    retryable: true,
  },
  {
    pattern: /^(fatal|error): .*\bdied of signal 25$|File size limit exceeded/m,
    code: 'repository_too_large',
    message: (remote) => `${remote} is larger than a fetch may be here.`,
  },
  {
    pattern: new RegExp(
      `${UNABLE}(server certificate verification failed\\..*|SSL certificate problem: .*|SSL: .*(certificate|subject).*|SSL peer certificate .*|SSL certificate verification failed.*)$`,
      'm',
    ),
    code: 'remote_untrusted',
    message: (remote) => `The certificate of ${remote} is not one that is trusted here.`,
  },
  {
    pattern: new RegExp(`${UNABLE}Could not resolve host: .*$`, 'm'),
    code: 'host_not_found',
    message: (remote) => `There is no host for ${remote}.`,
  },
  {
    // Also a handshake that fails, and a connection that ends or dries up in the middle.
    pattern: new RegExp(
      `${UNABLE}(The requested URL returned error: (429|5\\d\\d)|Failed to connect to .*|(Recv|Send) failure: .*|Operation timed out.*|Operation too slow.*|Connection timed out.*|Empty reply from server|gnutls_handshake\\(\\) failed: .*|GnuTLS.*|OpenSSL .*|error:[0-9A-F]+:.*|TLS connect error.*|SSL connect error.*|transfer closed .*)$|^error: RPC failed; curl .*$|^fetch-pack: unexpected disconnect while reading sideband packet$|^ssh: connect to host .* port \\d+: .*$|^kex_exchange_identification: .*$`,
      'm',
    ),
    code: 'remote_unreachable',
    message: (remote) => `${remote} does not answer as it should; its server may be down or busy.`,
  },
];

/** A git failure as the port knows it; other errors (an abort, a ProviderError) as they are. */
export function gitFailure(error: unknown, remote: string): unknown {
  if (!(error instanceof GitError)) return error;
  if (error.code === LOCK_TIMEOUT_CODE) {
    return new ProviderError('mirror_busy', `Another process is fetching ${remote}.`, { retryable: true });
  }
  const known = KNOWN.find(({ pattern }) => pattern.test(error.stderr));
  if (known)
    return new ProviderError(known.code, known.message(remote), { retryable: known.retryable, cause: error });
  return new ProviderError('git_failed', error.message, { retryable: true, cause: error });
}
