import { createHash } from 'node:crypto';
import type { Octokit } from '@octokit/rest';
import { LRUCache } from 'lru-cache';
import { ProviderError } from '../../events/provider-error.js';
import type { Clock } from '../../platform/clock.js';
import { answered, GITHUB_INSTALLATION, GITHUB_TOKEN } from '../hosting/answers.js';
import { gitHostOf, repositoryPath, type GitHost, type GitHostSetting } from '../hosting/git-hosts.js';
import { octokit, octokitFailure } from '../hosting/octokit.js';
import type { RepoRemote } from '../repo-remote.js';
import type { AppCredential } from './credential.js';

const MOST_TOKENS = 1_000;
/** GitHub's installation tokens live for so long, whatever our clock makes of the time that it says. */
const LIFETIME_MS = 3_600_000;
/** A token that was refused sooner than that after it was made is not worth another one. */
const YOUNG_MS = 60_000;

interface Minted {
  readonly token: string;
  readonly madeAt: number;
  readonly endsAt: number;
}

/**
 * Tokens of a GitHub App's installations, each for one repository: made when one is needed, kept in memory alone, and made anew
 * while the last one still has so long to live that what begins with it also ends with it.
 */
export class AppTokens {
  private readonly tokens = new LRUCache<string, Promise<Minted>>({ max: MOST_TOKENS });

  /** @param longestUseMs the longest that anybody works with a token that was handed out */
  constructor(
    private readonly hosts: readonly GitHostSetting[],
    private readonly longestUseMs: number,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** @throws ProviderError: final where the app may not use the repository, retryable where its host does not answer */
  async token(app: AppCredential, remote: RepoRemote): Promise<string> {
    const host = this.hostOf(remote);
    const key = keyOf(app, host, remote);
    const known = this.tokens.get(key);
    const minted = known && (await known.catch(() => undefined));
    if (minted && minted.endsAt - this.now() > this.longestUseMs) return minted.token;
    // Somebody else may have begun meanwhile.
    const current = this.tokens.get(key);
    if (current !== undefined && current !== known) return (await current).token;
    const fresh = this.mint(app, host, remote);
    this.tokens.set(key, fresh);
    fresh.catch(() => this.tokens.get(key) === fresh && this.tokens.delete(key));
    return (await fresh).token;
  }

  /** The host has refused the token. Whether another one may do better: it was not made just now. */
  async refused(app: AppCredential, remote: RepoRemote): Promise<boolean> {
    const key = keyOf(app, this.hostOf(remote), remote);
    const minted = await this.tokens.get(key)?.catch(() => undefined);
    this.tokens.delete(key);
    return minted !== undefined && this.now() - minted.madeAt > YOUNG_MS;
  }

  private async mint(app: AppCredential, host: GitHost, remote: RepoRemote): Promise<Minted> {
    const path = repositoryPath(remote);
    const [owner = '', repo = ''] = path.split('/');
    const { createAppAuth } = await import('@octokit/auth-app');
    const auth = { appId: app.appId, privateKey: app.privateKey };
    const client = await octokit(host.apiUrl, { authStrategy: createAppAuth, auth });
    const found = await this.asked(app, host, path, client, ({ apps }) =>
      apps.getRepoInstallation({ owner, repo }),
    );
    const { id } = answered(host.host, GITHUB_INSTALLATION, found);
    const madeAt = this.now();
    // Not by the library's own installation tokens: calls at the same time share one by installation, whatever their host and app are.
    const answer = await this.asked(app, host, path, client, ({ apps }) =>
      apps.createInstallationAccessToken({ installation_id: id, repositories: [repo] }),
    );
    const made = answered(host.host, GITHUB_TOKEN, answer);
    const endsAt = Math.min(Date.parse(made.expires_at), madeAt + LIFETIME_MS);
    return { token: made.token, madeAt, endsAt };
  }

  private async asked<T>(
    { appId }: AppCredential,
    { host }: GitHost,
    path: string,
    client: Octokit,
    call: (client: Octokit) => Promise<{ data: T }>,
  ): Promise<T> {
    try {
      return (await call(client)).data;
    } catch (error) {
      const failure = octokitFailure(host, error);
      if (!(failure instanceof ProviderError) || failure.retryable) throw failure;
      const { status } = error as { status?: number };
      const refused = (text: string) =>
        new ProviderError('credentials_refused', text, { retryable: false, cause: error });
      if (status === 404 || status === 422)
        throw refused(
          `The GitHub App ${appId} is not installed on ${path} at ${host}. Install it there, with this repository among those that it may use, then try again.`,
        );
      if (status === 401)
        throw refused(
          `${host} does not know the GitHub App ${appId} by this key. Give its id and a private key that it still has: slipway credentials set ${host} --app-id ${appId} --app-key <file>`,
        );
      throw refused(`${host} gives the GitHub App ${appId} no token for ${path}: ${failure.message}`);
    }
  }

  private hostOf(remote: RepoRemote): GitHost {
    const host = gitHostOf(remote, this.hosts);
    if (host?.kind === 'github') return host;
    throw new ProviderError(
      'credentials_refused',
      `A GitHub App opens GitHub alone, and ${remote.host} is not known as one: name it in SLIPWAY_GIT_HOSTS, or give a token in place of the app.`,
      { retryable: false },
    );
  }

  private now(): number {
    return this.clock.now().getTime();
  }
}

/** A key that was changed leads to another token. */
const keyOf = ({ appId, privateKey }: AppCredential, { apiUrl }: GitHost, remote: RepoRemote): string =>
  JSON.stringify([
    apiUrl,
    appId,
    createHash('sha256').update(privateKey).digest('base64'),
    repositoryPath(remote).toLowerCase(),
  ]);
