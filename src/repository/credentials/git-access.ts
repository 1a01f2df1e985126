import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FailureCode } from '../../events/failure-codes.js';
import { ProviderError } from '../../events/provider-error.js';
import { createPlain } from '../../platform/plain-files.js';
import { removeTree } from '../../platform/remove-tree.js';
import type { RemoteRoute } from '../remote-route.js';
import type { RepoRemote } from '../repo-remote.js';
import { credentialHost, type OpenedCredential } from './credential.js';
import { setCommand, type CredentialSource } from './credentials.js';

/** Whose rights git goes to a remote with. */
export interface AccessOptions {
  readonly source: CredentialSource;
  /** A folder of ours that no agent sees; what is put there lies there as long as one call. */
  readonly folder: string;
}

/**
 * What git runs for a password: it hands on what is on descriptor 3, and that only for the host that the password is for.
 * It comes once: git asks once, and what asks again had the wrong one.
 */
const ASKPASS = `#!/bin/sh
case "$1" in
  "Password for 'https://"*"@$SLIPWAY_ASKPASS_HOST': ") exec cat <&3 ;;
esac
exit 1
`;

/**
 * Runs the work with a route that opens the remote with the workspace's credential, if it has one. What the credential
 * needs on the way (a key file, 0600) is gone afterwards. An "unauthorized" says what to do about it.
 * @throws what the work throws, or ProviderError
 */
export async function withAccess<T>(
  route: RemoteRoute,
  remote: RepoRemote,
  workspaceId: string | undefined,
  options: AccessOptions | undefined,
  work: (route: RemoteRoute) => Promise<T>,
): Promise<T> {
  const host = credentialHost(remote);
  if (options === undefined || workspaceId === undefined || host === null) return work(route);
  const found = await lookedUp(options.source, workspaceId, remote);
  if ('away' in found) {
    // A public repository needs none; whether this one does shows.
    return work(route).catch((error: unknown) => {
      throw isUnauthorized(error) ? found.away : error;
    });
  }
  const { credential } = found;
  const folder = join(options.folder, randomBytes(8).toString('hex'));
  try {
    if (credential === undefined) return await work(route);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await work(await opened(route, host, credential, folder));
  } catch (error) {
    throw isUnauthorized(error) ? await advised(error, credential, workspaceId, host) : error;
  } finally {
    await removeTree(folder);
  }
}

/** Removes what a process that was killed left there. Only when nobody else uses the folder. */
export async function sweepAccess(folder: string): Promise<void> {
  const left = await readdir(folder).catch(() => []);
  for (const name of left) await removeTree(join(folder, name));
}

/** Why there is no credential now: PostgreSQL is away, or a GitHub App has no token for this repository. */
const MAY_DO_WITHOUT: readonly FailureCode[] = [
  'credentials_unavailable',
  'credentials_refused',
  'hosting_unavailable',
];

type LookedUp = { readonly credential: OpenedCredential | undefined } | { readonly away: ProviderError };

async function lookedUp(
  source: CredentialSource,
  workspaceId: string,
  remote: RepoRemote,
): Promise<LookedUp> {
  try {
    return { credential: await source.find(workspaceId, remote) };
  } catch (error) {
    if (error instanceof ProviderError && MAY_DO_WITHOUT.includes(error.code)) return { away: error };
    throw error;
  }
}

async function opened(
  route: RemoteRoute,
  host: string,
  credential: OpenedCredential,
  folder: string,
): Promise<RemoteRoute> {
  if (credential.kind === 'https') {
    const askpass = join(folder, 'askpass');
    await write(askpass, ASKPASS, 0o700);
    return {
      ...route,
      config: [...route.config, `credential.username=${credential.username}`],
      env: { ...route.env, GIT_ASKPASS: askpass, SLIPWAY_ASKPASS_HOST: host },
      secret: `${credential.token}\n`,
    };
  }
  const [key, knownHosts] = [join(folder, 'key'), join(folder, 'known_hosts')];
  await write(key, `${credential.privateKey.trimEnd()}\n`, 0o600);
  await write(knownHosts, `${credential.knownHosts.trimEnd()}\n`, 0o600);
  const words = [
    ...['-i', key, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none'],
    ...['-o', `UserKnownHostsFile="${knownHosts}"`, '-o', 'GlobalKnownHostsFile=/dev/null'],
  ];
  const command = `${route.env['GIT_SSH_COMMAND']} ${words.map(quoted).join(' ')}`;
  return { ...route, env: { ...route.env, GIT_SSH_COMMAND: command } };
}

/** For the shell that git gives the command to. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

async function write(file: string, text: string, mode: number): Promise<void> {
  const handle = await createPlain(file, mode);
  try {
    await handle.writeFile(text);
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

const isUnauthorized = (error: unknown): error is ProviderError =>
  error instanceof ProviderError && error.code === 'remote_unauthorized';

async function advised(
  cause: ProviderError,
  credential: OpenedCredential | undefined,
  workspaceId: string,
  host: string,
): Promise<ProviderError> {
  const command = setCommand(workspaceId, host);
  if (credential === undefined)
    return new ProviderError('remote_unauthorized', `${cause.message} Give some with: ${command}`, { cause });
  if (credential.kind === 'https' && credential.appId !== undefined)
    return new ProviderError(
      'credentials_refused',
      `${host} refused the token of the GitHub App ${credential.appId}, or the app may not do this: to push it needs "Contents: Read and write" of this repository. Mend that where the app is installed, then try again.`,
      { retryable: (await credential.refused?.()) ?? false, cause },
    );
  const user = credential.kind === 'https' ? ` (user ${credential.username})` : '';
  return new ProviderError(
    'credentials_refused',
    `${host} refused the credential of the workspace ${workspaceId}${user}, or it may not use this repository. Give another with: ${command}`,
    { cause },
  );
}
