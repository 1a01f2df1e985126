import { realpath, stat } from 'node:fs/promises';
import { resolveHost } from '../platform/resolve-host.js';
import { mayReach, type PrivateHosts } from './public-host.js';
import { checkLocalRepository } from './local-repository.js';
import { type RepoRemote } from './repo-remote.js';
import { ProviderError } from '../events/provider-error.js';

/** How git is to reach a remote. */
export interface RemoteRoute {
  readonly url: string;
  readonly protocol: 'https' | 'ssh' | 'file';
  readonly config: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What git's askpass reads on descriptor 3; absent when it has nothing to say. */
  readonly secret?: string;
}

export interface RouteOptions {
  readonly localRoots: readonly string[];
  readonly allowPrivateHosts?: PrivateHosts;
  /** All addresses of a host; the system's resolver by default. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * What the remote's spelling cannot tell is checked here, just before a fetch: a host must resolve to
 * public addresses only, a path must really lie below a root. Git is then pinned to the address that
 * was checked, so that a second answer of the resolver changes nothing.
 * @throws ProviderError
 */
export async function routeTo(remote: RepoRemote, options: RouteOptions): Promise<RemoteRoute> {
  if (remote.transport === 'local') return routeToFolder(remote.url, options.localRoots);
  const host = remote.host ?? '';
  const bare = host.replace(/^\[|\]$/g, '');
  const addresses = await (options.resolve ?? resolveHost)(bare).catch((error: unknown) => {
    throw lookupFailure(host, error);
  });
  const [address] = addresses;
  const allowed = options.allowPrivateHosts ?? false;
  if (address === undefined || !addresses.every((each) => mayReach(each, bare, allowed))) {
    throw new ProviderError(
      'remote_refused',
      `The host ${host} resolves to a local or private address, or to none.`,
      { retryable: false },
    );
  }
  return remote.transport === 'https' ? overHttps(remote, host, address) : overSsh(remote, host, address);
}

function overHttps({ url, port }: RepoRemote, host: string, address: string): RemoteRoute {
  const pinned = address.includes(':') ? `[${address}]` : address;
  const config = [
    `http.curloptResolve=${host.replace(/^\[|\]$/g, '')}:${port ?? 443}:${pinned}`,
    'http.proxy=',
  ];
  return { url, protocol: 'https', config, env: {} };
}

/** The words go through a shell of git's, but consist of a checked host and an address only. */
function overSsh({ url, port }: RepoRemote, host: string, address: string): RemoteRoute {
  const bare = host.replace(/^\[|\]$/g, '');
  const settings = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=20',
    'ForwardAgent=no',
    `HostName=${address}`,
    // Known hosts are listed under the name, with a port that is not 22 as `[name]:port`.
    `HostKeyAlias=${port === undefined ? bare : `[${bare}]:${port}`}`,
  ];
  const words = ['ssh', '-F', 'none', ...settings.flatMap((setting) => ['-o', `'${setting}'`])];
  return {
    url,
    protocol: 'ssh',
    config: [],
    env: { GIT_SSH_COMMAND: words.join(' '), GIT_SSH_VARIANT: 'ssh' },
  };
}

async function routeToFolder(path: string, localRoots: readonly string[]): Promise<RemoteRoute> {
  const real = await realpath(path).catch(() => null);
  if (real === null) {
    throw new ProviderError('repository_not_found', `There is no repository at ${path}.`, {
      retryable: false,
    });
  }
  const roots = await Promise.all(localRoots.map((root) => realpath(root).catch(() => null)));
  if (
    !roots.some(
      (root) => root !== null && (real === root || real.startsWith(root === '/' ? root : `${root}/`)),
    )
  ) {
    throw new ProviderError(
      'remote_refused',
      `${path} leads out of the folders that are allowed as remotes.`,
      {
        retryable: false,
      },
    );
  }
  if (!(await stat(real)).isDirectory()) {
    throw new ProviderError('repository_not_found', `${path} is a file, not a git repository.`);
  }
  await checkLocalRepository(
    real,
    roots.filter((root) => root !== null),
  );
  return { url: real, protocol: 'file', config: [], env: {} };
}

/** That there is no such host is another thing than a name service that does not answer. */
function lookupFailure(host: string, cause: unknown): ProviderError {
  const { code } = cause as NodeJS.ErrnoException;
  return code === 'ENOTFOUND'
    ? new ProviderError('host_not_found', `There is no host ${host}.`, { cause })
    : new ProviderError(
        'name_service_failed',
        `The name of the host ${host} could not be looked up (${code ?? 'no answer'}).`,
        {
          cause,
        },
      );
}
