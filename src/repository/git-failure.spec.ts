import { describe, expect, it } from '@jest/globals';
import { GitError } from './git.js';
import { gitFailure } from './git-failure.js';

describe('gitFailure', () => {
  it.each([
    [
      "fatal: could not read Username for 'https://h': terminal prompts disabled",
      'remote_unauthorized',
      false,
    ],
    [
      "remote: Repository not found.\nfatal: repository 'https://h/a/' not found",
      'repository_not_found',
      false,
    ],
    ["fatal: '/x' does not appear to be a git repository", 'repository_not_found', false],
    ['git@h: Permission denied (publickey).', 'remote_unauthorized', false],
    ['Host key verification failed.', 'remote_unauthorized', false],
    ["fatal: detected dubious ownership in repository at '/x'", 'repository_owned_by_other', false],
    [
      "fatal: unable to access 'https://h/a/': The requested URL returned error: 403",
      'remote_unauthorized',
      false,
    ],
    [
      "fatal: unable to access 'https://h/a/': The requested URL returned error: 302",
      'remote_redirects',
      false,
    ],
    [
      "fatal: unable to access 'https://h/a/': The requested URL returned error: 503",
      'remote_unreachable',
      true,
    ],
    [
      "fatal: unable to access 'https://h/a/': The requested URL returned error: 429",
      'remote_unreachable',
      true,
    ],
    [
      "fatal: unable to access 'https://h/acme/redirect-service/': Failed to connect to h port 443 after 0 ms: Couldn't connect to server",
      'remote_unreachable',
      true,
    ],
    ['fatal: mismatched algorithms: client sha1; server sha256', 'repository_unsupported', false],
    [
      'remote: fatal: unable to read 45b983be36b73c0788dc9cbcb76cbb80fc7bb057        \nremote: aborting due to possible repository corruption on the remote side. \nfatal: protocol error: bad pack header',
      'repository_damaged',
      false,
    ],
    [
      'fatal: remote error: upload-pack: not our ref 1234567890123456789012345678901234567890',
      'repository_damaged',
      true,
    ],
    // Our own folder, not the remote.
    ['fatal: not a git repository (or any of the parent directories): .git', 'git_failed', true],
    ['fatal: write error: No space left on device', 'git_failed', true],
  ])('judges "%s"', (stderr, code, retryable) => {
    expect(gitFailure(new GitError('fetch', 128, stderr), 'r')).toMatchObject({ code, retryable });
  });

  it('leaves what is no failure of git alone', () => {
    const abort = new Error('aborted');
    expect(gitFailure(abort, 'r')).toBe(abort);
    expect(gitFailure(new GitError('fetch', 75, ''), 'r')).toMatchObject({
      code: 'mirror_busy',
      retryable: true,
    });
  });
});
