/** Hosts of which it is known where they show a branch, by the name in their addresses. */
const BRANCH_PATH: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)github\./, 'tree'],
  [/(^|\.)gitlab\./, '-/tree'],
  [/(^|\.)(codeberg|gitea|forgejo)\./, 'src/branch'],
  [/(^|\.)bitbucket\./, 'branch'],
];

/** `git@host:owner/name.git`, `ssh://git@host:22/owner/name.git`: what is behind the host is what its pages have, too. */
const SSH = /^(?:ssh:\/\/)?(?:[^@/\s]+@)([A-Za-z0-9.-]+)(?::\d+\/|[:/])(?!\/)(.+)$/;

/** Where people look at a repository, or a branch of it: always an https address, without a name or a password; null where there is none. */
export function webAddress(repoRemote: string, branch?: string | null): string | null {
  const ssh = SSH.exec(repoRemote);
  const text = ssh === null ? repoRemote : `https://${ssh[1]}/${ssh[2]}`;
  if (!/^https:\/\//i.test(text) || !URL.canParse(text)) return null;
  const { host, hostname, pathname } = new URL(text);
  const repository = `https://${host}${pathname.replace(/\/+$/, '').replace(/\.git$/, '')}`;
  if (branch === undefined) return repository;
  const path = BRANCH_PATH.find(([name]) => name.test(hostname))?.[1];
  if (branch === null || path === undefined) return null;
  return `${repository}/${path}/${branch.split('/').map(encodeURIComponent).join('/')}`;
}
