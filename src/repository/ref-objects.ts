import type { Git, GitCall } from './git.js';

/** What git may print of refs or objects, a line each: a million lines are about 100 MB. */
export const MOST_REFS_OUTPUT = 256 << 20;

/** Where a mirror has what the remote has. */
export const REMOTE_REFS = ['refs/heads', 'refs/tags', 'refs/slipway'] as const;

/** The objects that refs below these names lead to, in the repository that the call works in. @throws GitError */
export async function refObjects(git: Git, call: GitCall, below: readonly string[]): Promise<Set<string>> {
  const args = ['for-each-ref', '--format=%(objectname)', ...below];
  const listed = await git.run(args, { ...call, mostOutput: MOST_REFS_OUTPUT });
  return new Set(listed.split('\n').filter((id) => id !== ''));
}
