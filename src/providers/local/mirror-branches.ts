import { ProviderError } from '../../events/provider-error.js';
import { type Git, GitError } from '../../repository/git.js';
import { DEFAULT_REF } from './mirror-fetch.js';

/**
 * The commit to start from: of a branch, else a tag of that name, else (without a name) of the remote's HEAD.
 * @throws ProviderError when the remote has none
 */
export async function startOf(
  git: Git,
  mirror: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const refs = name === undefined ? [DEFAULT_REF] : [`refs/heads/${name}`, `refs/tags/${name}`];
  for (const ref of refs) {
    const commit = await commitOf(git, mirror, ref, signal);
    if (commit !== null) return commit;
  }
  throw new ProviderError('branch_not_found', await whyNoStart(git, mirror, name, signal), {
    retryable: false,
  });
}

async function whyNoStart(
  git: Git,
  path: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const any = ['for-each-ref', '--count=1', 'refs/heads', 'refs/tags'];
  if ((await git.run(any, { cwd: path, signal })) === '') {
    return 'The repository is empty, so that there is nothing to start from. Push a first commit to it, then retry.';
  }
  return name === undefined
    ? 'The repository has no default branch to start from: its HEAD names no branch that is there. Set its default branch and retry, or create a task with onBranch.'
    : `The repository has no branch or tag "${name}" to start from.`;
}

/** @throws ProviderError when the remote has the branch already, or one that git cannot have beside it */
export async function requireFree(
  git: Git,
  mirror: string,
  branch: string,
  signal: AbortSignal,
): Promise<void> {
  const parts = branch.split('/');
  const names = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const call = { cwd: mirror, signal };
  // One line for each name, in order: `<id> commit <size>` or `<name> missing`.
  const input = names.map((name) => `refs/heads/${name}\n`).join('');
  const answers = (await git.run(['cat-file', '--batch-check'], { ...call, input })).split('\n');
  const below = ['for-each-ref', '--count=1', '--format=%(refname:lstrip=2)', '--', `refs/heads/${branch}/`];
  const other =
    names.find((_, index) => !answers[index]?.endsWith(' missing')) ?? (await git.run(below, call)).trim();
  if (other === '') return;
  throw new ProviderError(
    'branch_taken',
    other === branch
      ? `The repository has a branch "${branch}" already. Choose another name.`
      : `The branch "${branch}" cannot be made beside the repository's branch "${other}". Choose another name.`,
    { retryable: false },
  );
}

/** The commit that a ref points to (through a tag), or null. The name is taken literally. */
async function commitOf(git: Git, mirror: string, ref: string, signal: AbortSignal): Promise<string | null> {
  try {
    const found = await git.run(['show-ref', '--verify', '--dereference', '--', ref], {
      cwd: mirror,
      signal,
    });
    const id = found.trim().split('\n').at(-1)?.split(' ')[0] ?? '';
    const type = (await git.run(['cat-file', '-t', id], { cwd: mirror, signal })).trim();
    if (type === 'commit') return id;
    throw new ProviderError(
      'branch_not_found',
      `"${ref.replace(/^refs\/(heads|tags)\//, '')}" is a tag of a ${type}, not of a commit, so that nothing can start from it.`,
    );
  } catch (error) {
    // Only show-ref says nothing; all else is a fault of the mirror.
    if (error instanceof GitError && error.stderr.endsWith('not a valid ref\n')) return null;
    throw error;
  }
}
