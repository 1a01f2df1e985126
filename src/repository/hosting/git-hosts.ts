import { credentialHost } from '../credentials/credential.js';
import type { RepoRemote } from '../repo-remote.js';

/** A git host and the API that it has. */
export interface GitHostSetting {
  /** As credentials name it: with its port where that is not the standard one. */
  readonly host: string;
  readonly kind: 'github' | 'gitlab';
  /** Where its API is; absent for where such hosts have it. */
  readonly apiUrl?: string;
}

export type GitHost = Required<GitHostSetting>;

const KNOWN: readonly GitHostSetting[] = [
  { host: 'github.com', kind: 'github', apiUrl: 'https://api.github.com' },
  { host: 'gitlab.com', kind: 'gitlab', apiUrl: 'https://gitlab.com' },
];

/** The host that a remote is at, as far as it is known; undefined for another one, or a folder on this machine. */
export function gitHostOf(remote: RepoRemote, settings: readonly GitHostSetting[]): GitHost | undefined {
  // Over ssh the port is that of ssh; the API is where the name alone leads.
  const names = [credentialHost(remote), remote.host?.toLowerCase()];
  const known = [...settings, ...KNOWN].find(({ host }) => names.includes(host));
  if (known === undefined) return undefined;
  const standard = known.kind === 'github' ? `https://${known.host}/api/v3` : `https://${known.host}`;
  return { ...known, apiUrl: (known.apiUrl ?? standard).replace(/\/+$/, '') };
}

/** `owner/name` of any spelling of a remote. */
export function repositoryPath({ url }: RepoRemote): string {
  const path = /^[a-z]+:\/\/[^/]+\/(.*)$/i.exec(url)?.[1] ?? url.slice(url.indexOf(':') + 1);
  return decodeURIComponent(path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, ''));
}
