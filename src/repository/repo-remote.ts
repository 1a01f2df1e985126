import { mayUseHost, type PrivateHosts } from './public-host.js';

/** A repository address that passed the spelling check. Nothing was looked up: the repository may not exist. */
export interface RepoRemote {
  readonly transport: 'https' | 'ssh' | 'local';
  /** What git is given and people are shown: the spelling with its host in canonical form. */
  readonly url: string;
  /** The same text for every spelling of one remote: what "one project is one remote" compares. */
  readonly identity: string;
  /** The host without port, IPv6 in brackets; absent for a path on this machine. */
  readonly host?: string;
  /** The port if it is not the transport's own. */
  readonly port?: number;
}

export interface RepoRemoteOptions {
  /** Absolute folders in which repositories of this machine may be used as remotes; none by default. */
  readonly localRoots: readonly string[];
  /** Which loopback, private and link-local hosts are allowed; none by default. */
  readonly allowPrivateHosts?: PrivateHosts;
}

/** The remote is not one that may be used. The message says what to change and repeats no credentials. */
export class InvalidRemoteError extends Error {
  override readonly name = 'InvalidRemoteError';
}

const LONGEST = 2048;
const FORMS = 'Use https://host/path, ssh://git@host/path or git@host:path.';
const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Checks how a repository's address is spelt, without touching DNS, network or disk. Whatever could
 * reach git as an option, a helper (`ext::…`), a credential or a private address is refused.
 * @throws InvalidRemoteError
 */
export function parseRepoRemote(spelling: string, options: RepoRemoteOptions): RepoRemote {
  if (spelling === '') refuse(`The repository remote is empty. ${FORMS}`);
  if (spelling.length > LONGEST) refuse(`The repository remote is longer than ${LONGEST} characters.`);
  // Paths on this disk may have spaces, also others than " ".
  const forbidden = /^(\/|file:\/\/\/)/i.test(spelling) ? /[\p{Cc}\p{Cs}\u2028\u2029]/u : /[\p{C}\p{Z}]/u;
  if (forbidden.test(spelling)) {
    refuse('The repository remote contains white space or control characters. Remove them.');
  }
  if (spelling.startsWith('-')) refuse(`The repository remote must not begin with "-". ${FORMS}`);
  if (spelling.includes('\\')) refuse('The repository remote contains a backslash. Write "/" instead.');
  if (/::/.test(spelling.replace(/\[[^\]]*\]/, ''))) {
    refuse(`Remote helpers ("name::address") are not allowed. ${FORMS}`);
  }
  if (spelling.startsWith('/')) return parseLocal(spelling, options);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(spelling)?.[1]?.toLowerCase();
  const rest = scheme === undefined ? '' : spelling.slice(scheme.length + 3);
  switch (scheme) {
    case 'https':
      return parseHttps(rest, options);
    case 'ssh':
      return parseSsh(rest, options);
    case 'file':
      if (!rest.startsWith('/')) refuse('A file URL names no host: write file:///path.');
      if (/[?#]/.test(rest)) refuseQuery();
      return parseRepoRemote(decode(rest), options);
    case undefined:
      return parseScp(spelling, options);
    default:
      return refuse(`The scheme "${scheme}" is not allowed. ${FORMS}`);
  }
}

function parseHttps(rest: string, options: RepoRemoteOptions): RepoRemote {
  const { authority, path } = splitAuthority(rest);
  if (authority.includes('@')) refuseCredentials();
  const { host, port } = hostAndPort(authority, 443, options);
  const checked = networkPath(path);
  const origin = `https://${host}${port === undefined ? '' : `:${port}`}`;
  return { transport: 'https', url: origin + checked, identity: origin + plain(checked), host, port };
}

function parseSsh(rest: string, options: RepoRemoteOptions): RepoRemote {
  const { authority, path } = splitAuthority(rest);
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? '' : `${userName(authority.slice(0, at))}@`;
  const { host, port } = hostAndPort(authority.slice(at + 1), 22, options);
  const origin = `ssh://${user}${host}${port === undefined ? '' : `:${port}`}`;
  const checked = networkPath(path);
  return { transport: 'ssh', url: origin + checked, identity: origin + plain(checked), host, port };
}

/** `user@host:path`, where git takes the path as relative to the user's home unless it begins with "/". */
function parseScp(spelling: string, options: RepoRemoteOptions): RepoRemote {
  const parts = /^([^@/]+)@(\[[^\]/]+\]|[^:/@[\]]+):(.+)$/.exec(spelling);
  if (!parts) return refuse(`This is no repository remote. ${FORMS}`);
  const user = userName(parts[1]!);
  const { host } = hostAndPort(parts[2]!, 22, options);
  const path = parts[3]!;
  if (path.startsWith('-')) refuse('The path of the repository remote must not begin with "-".');
  const rooted = networkPath(path.startsWith('/') ? path : `/${path}`);
  // A forge's `git` user has no home worth the name: there both forms name the same repository.
  const home = path.startsWith('/') || user === 'git' || path.startsWith('~') ? '' : '/~';
  return {
    transport: 'ssh',
    url: `${user}@${host}:${path}`,
    identity: `ssh://${user}@${host}${home}${plain(rooted)}`,
    host,
  };
}

function parseLocal(path: string, options: RepoRemoteOptions): RepoRemote {
  const normal = normalise(path);
  const allowed = options.localRoots.map(normalise).some((root) => normal === root || isBelow(normal, root));
  if (!allowed) {
    refuse(
      options.localRoots.length === 0
        ? `Repositories on this machine's disk are not allowed here. ${FORMS}`
        : 'The path is outside of the folders whose repositories may be used as remotes.',
    );
  }
  return { transport: 'local', url: normal, identity: `file://${normal}` };
}

/** Resolves `.`, `..` and doubled slashes of an absolute path by its spelling alone. */
function normalise(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return `/${kept.join('/')}`;
}

function isBelow(path: string, root: string): boolean {
  return path.startsWith(root === '/' ? '/' : `${root}/`);
}

function splitAuthority(rest: string): { authority: string; path: string } {
  if (/[?#]/.test(rest)) refuseQuery();
  const slash = rest.indexOf('/');
  return slash < 0
    ? { authority: rest, path: '' }
    : { authority: rest.slice(0, slash), path: rest.slice(slash) };
}

/** The host as a URL parser canonicalises it (`0x7f.1` becomes `127.0.0.1`), so that what is checked is what is used. */
function hostAndPort(
  text: string,
  defaultPort: number,
  options: RepoRemoteOptions,
): { host: string; port?: number } {
  const [, spelt = '', digits] = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]@]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (spelt === '' || spelt.startsWith('-')) refuse(`The repository remote names no valid host. ${FORMS}`);
  let host: string;
  try {
    host = new URL(`https://${spelt}/`).hostname;
  } catch {
    return refuse(`"${shown(spelt)}" is not a valid host name.`);
  }
  if (!/^(\[[0-9a-f:]+\]|[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?)$/.test(host)) {
    refuse(`"${shown(spelt)}" is not a valid host name.`);
  }
  if (!mayUseHost(host, options.allowPrivateHosts ?? false)) {
    refuse(`"${shown(spelt)}" is a local or private address. Use a public host name.`);
  }
  const port = digits === undefined ? defaultPort : Number(digits);
  if (port < 1 || port > 65_535) refuse(`Port ${port} does not exist. Use 1 to 65535.`);
  return port === defaultPort ? { host } : { host, port };
}

function userName(text: string): string {
  if (text.includes(':')) refuseCredentials();
  if (!USER.test(text))
    refuse('The user name before "@" may only contain letters, digits and the characters ". _ -".');
  return text;
}

function networkPath(path: string): string {
  const decoded = decode(path);
  if (/[\p{Cc}]/u.test(decoded)) refuse('The path of the repository remote contains control characters.');
  if (/[?#]/.test(path)) refuseQuery();
  if (decoded.split('/').some((part) => part === '.' || part === '..')) {
    refuse('The path of the repository remote contains "." or "..". Write it without.');
  }
  if (plain(path) === '') refuse(`The repository remote names no repository after its host. ${FORMS}`);
  return path;
}

/** Without what makes no difference to a server of repositories: doubled and trailing slashes, `.git`. */
function plain(path: string): string {
  return path
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .replace(/\.git$/, '')
    .replace(/\/$/, '');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('The repository remote contains a "%" that encodes nothing. Write it as %25.');
  }
}

/** A host, cut short for a message. (Whatever may hold a password is never shown.) */
function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function refuseCredentials(): never {
  refuse(
    'The repository remote contains a user or password. Remove it: credentials are never part of an address.',
  );
}

function refuseQuery(): never {
  refuse('The repository remote contains "?" or "#". Remove the query or fragment.');
}

function refuse(message: string): never {
  throw new InvalidRemoteError(message);
}
