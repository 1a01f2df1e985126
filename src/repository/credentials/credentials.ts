import { ProviderError } from '../../events/provider-error.js';
import type { RepoRemote } from '../repo-remote.js';
import type { AppTokens } from './app-tokens.js';
import {
  appKeyFingerprint,
  credentialHost,
  keyFingerprint,
  kindsFor,
  type AppCredential,
  type Credential,
  type CredentialKind,
  type CredentialRecord,
  type OpenedCredential,
  type OpenedHttps,
} from './credential.js';
import type { CredentialRow, CredentialRows } from './credential-rows.js';
import { SealBrokenError, type SecretBox } from '../../platform/secret-box.js';

/** Where whoever runs git finds what opens a remote. */
export interface CredentialSource {
  /**
   * The workspace's credential for the remote, undefined when there is none.
   * @throws ProviderError when that cannot be told, or it cannot be opened
   */
  find(workspaceId: string, remote: RepoRemote): Promise<OpenedCredential | undefined>;
}

/** The credentials of all workspaces: sealed where they lie, opened only for git and for a host's API. */
export class Credentials implements CredentialSource {
  constructor(
    private readonly rows: CredentialRows,
    private readonly box: SecretBox,
    private readonly apps: AppTokens,
  ) {}

  /** Replaces the one that there was of that kind. */
  async set(workspaceId: string, host: string, credential: Credential): Promise<CredentialRecord> {
    const { kind } = credential;
    const row = await this.rows.put({
      workspace_id: workspaceId,
      host,
      kind,
      username: nameOf(credential),
      fingerprint: this.fingerprintOf(credential),
      sealed: this.box.seal(JSON.stringify(credential), placeOf(workspaceId, host, kind)),
    });
    return recordOf(row);
  }

  async list(workspaceId: string, host?: string): Promise<CredentialRecord[]> {
    return (await this.rows.list(workspaceId, host)).map(recordOf);
  }

  /** Deletes for good: all kinds, or one. Whether there was any. */
  async delete(workspaceId: string, host: string, kind?: CredentialKind): Promise<boolean> {
    return (await this.rows.delete(workspaceId, host, kind)) > 0;
  }

  async find(workspaceId: string, remote: RepoRemote): Promise<OpenedCredential | undefined> {
    const host = credentialHost(remote);
    if (host === null) return undefined;
    const found = await this.firstOf(workspaceId, host, kindsFor(remote));
    return found?.kind === 'app' ? this.ofApp(found, remote) : found;
  }

  /** What opens a host's API, also where git itself goes over ssh. */
  async token(workspaceId: string, host: string, remote: RepoRemote): Promise<OpenedHttps | undefined> {
    const found = await this.firstOf(workspaceId, host, ['app', 'https']);
    if (found?.kind === 'app') return this.ofApp(found, remote);
    return found?.kind === 'https' ? found : undefined;
  }

  private async ofApp(app: AppCredential, remote: RepoRemote): Promise<OpenedHttps> {
    const token = await this.apps.token(app, remote);
    const refused = () => this.apps.refused(app, remote);
    return { kind: 'https', username: 'x-access-token', token, appId: app.appId, refused };
  }

  /** Of the kinds that the workspace has for the host, the one that comes first. */
  private async firstOf(
    workspaceId: string,
    host: string,
    kinds: readonly CredentialKind[],
  ): Promise<Credential | undefined> {
    const rows = await this.rows.list(workspaceId, host);
    const row = kinds.flatMap((kind) => rows.filter((each) => each.kind === kind))[0];
    if (row === undefined) return undefined;
    const credential = this.opened(row);
    // When it was last used is a help for people; nothing waits for it or fails with it.
    void this.rows.noteUse(row).catch(() => undefined);
    return credential;
  }

  private fingerprintOf(credential: Credential): string | null {
    if (credential.kind === 'https') return this.box.fingerprint(credential.token);
    const { kind, privateKey } = credential;
    return kind === 'app' ? appKeyFingerprint(privateKey) : keyFingerprint(privateKey);
  }

  private opened(row: CredentialRow): Credential {
    try {
      return JSON.parse(
        this.box.open(row.sealed, placeOf(row.workspace_id, row.host, row.kind)),
      ) as Credential;
    } catch (cause) {
      if (!(cause instanceof SealBrokenError)) throw cause;
      throw new ProviderError(
        'credentials_locked',
        `The credential for ${row.host} was stored under another key. Give the service that key (SLIPWAY_SECRET_KEY, the same on every replica), or set it again: ${setCommand(row.workspace_id, row.host)}`,
        { retryable: false, cause },
      );
    }
  }
}

/** What to type to give a credential. */
export const setCommand = (workspaceId: string, host: string): string =>
  `slipway credentials set ${host}${workspaceId === 'default' ? '' : ` --workspace ${workspaceId}`}`;

/** What a credential is shown by, beside its fingerprint. */
function nameOf(credential: Credential): string | null {
  if (credential.kind === 'ssh') return null;
  return credential.kind === 'app' ? credential.appId : credential.username;
}

const placeOf = (workspaceId: string, host: string, kind: CredentialKind): string =>
  JSON.stringify([workspaceId, host, kind]);

const recordOf = (row: CredentialRow): CredentialRecord => ({
  workspaceId: row.workspace_id,
  host: row.host,
  kind: row.kind,
  username: row.kind === 'app' ? null : row.username,
  appId: row.kind === 'app' ? row.username : null,
  fingerprint: row.fingerprint,
  createdAt: row.created_at.toISOString(),
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
});
