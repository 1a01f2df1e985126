import { ProviderError } from '../../events/provider-error.js';
import { credentialHost } from '../credentials/credential.js';
import { setCommand, type Credentials } from '../credentials/credentials.js';
import type { RepoRemote } from '../repo-remote.js';
import { gitHostOf, repositoryPath, type GitHostSetting } from './git-hosts.js';
import { GitHub } from './github.js';
import { GitLab } from './gitlab.js';
import type { Hosting } from './hosting.js';

/** The API of the remote's host, opened with the token that the workspace has for it. */
export class Hosts {
  constructor(
    private readonly settings: readonly GitHostSetting[],
    private readonly credentials: Pick<Credentials, 'token'>,
  ) {}

  /** @throws ProviderError when it is not known which API the host has, or there is no token for it */
  async of(workspaceId: string, remote: RepoRemote): Promise<Hosting> {
    const known = gitHostOf(remote, this.settings);
    if (known === undefined)
      throw new ProviderError(
        'hosting_unknown',
        `It is not known what ${credentialHost(remote) ?? remote.url} is, so no pull request can be opened there. The branch is pushed; for a GitHub or GitLab of your own set SLIPWAY_GIT_HOSTS.`,
        { retryable: false },
      );
    const credential = await this.credentials.token(workspaceId, known.host, remote);
    if (credential === undefined)
      throw new ProviderError(
        'remote_unauthorized',
        `There is no token for ${known.host}, which a pull request takes. Give one with: ${setCommand(workspaceId, known.host)}`,
        { retryable: false },
      );
    const { host, apiUrl } = known;
    const { token, refused } = credential;
    const access = { apiUrl, path: repositoryPath(remote), token, host, refused };
    return known.kind === 'github' ? new GitHub(access) : new GitLab(access);
  }
}
