import {
  InvalidRemoteError,
  parseRepoRemote,
  type RepoRemote,
  type RepoRemoteOptions,
} from './repo-remote.js';

/**
 * The remote that a submodule's address means, which is text of whoever wrote the repository: it may be all that a remote may
 * be, and a folder of this machine only where the repository is one as well. `./` and `../` lead on from the repository's own
 * address, and never to another host.
 * @throws InvalidRemoteError
 */
export function submoduleRemote(address: string, parent: RepoRemote, options: RepoRemoteOptions): RepoRemote {
  const remote = parseRepoRemote(/^\.\.?(\/|$)/.test(address) ? resolved(address, parent) : address, options);
  if (remote.transport === 'local' && parent.transport !== 'local')
    throw new InvalidRemoteError(
      "A submodule may lie on this machine's disk only where its repository does.",
    );
  return remote;
}

/** As git resolves it, but for what would leave the host. */
function resolved(address: string, { url, transport }: RepoRemote): string {
  const [, origin = '', path = ''] =
    transport === 'local'
      ? ['', '/', url.slice(1)]
      : (/^([a-z]+:\/\/[^/]+\/)(.*)$/s.exec(url) ?? /^([^/]+:\/?)(.*)$/s.exec(url) ?? []);
  const parts = path.split('/').filter((part) => part !== '');
  const steps = address.split('/');
  while (steps[0] === '.' || steps[0] === '..') {
    if (steps.shift() === '..' && parts.pop() === undefined)
      throw new InvalidRemoteError('The address of the submodule leads out of the host of its repository.');
  }
  return origin + [...parts, ...steps].join('/');
}
