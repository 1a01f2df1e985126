import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { RepoRemote } from '../repo-remote.js';

/** What opens a git host: a token for https, a key for ssh, or a GitHub App, whose tokens are made when they are needed. */
export type Credential = HttpsCredential | SshCredential | AppCredential;

/** What git and a host's API are given. */
export type OpenedCredential = OpenedHttps | SshCredential;

export interface OpenedHttps extends HttpsCredential {
  /** Of the GitHub App whose token it is. */
  readonly appId?: string;
  /** Told that the host refused the token; whether another one can be had. */
  readonly refused?: () => Promise<boolean>;
}

export interface HttpsCredential {
  readonly kind: 'https';
  readonly username: string;
  readonly token: string;
}

export interface SshCredential {
  readonly kind: 'ssh';
  /** An OpenSSH or PEM private key without a passphrase. */
  readonly privateKey: string;
  /** Lines of a known_hosts file; a host whose key is not among them is not spoken to. */
  readonly knownHosts: string;
}

export interface AppCredential {
  readonly kind: 'app';
  /** The app's id, or its client id. */
  readonly appId: string;
  /** An RSA private key of the app, in PEM. */
  readonly privateKey: string;
}

export const CREDENTIAL_KINDS = ['https', 'ssh', 'app'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** A credential as it may be shown: nothing of the secret itself. */
export interface CredentialRecord {
  readonly workspaceId: string;
  readonly host: string;
  readonly kind: CredentialKind;
  /** The user name that goes with a token; null for another kind. */
  readonly username: string | null;
  /** Of a GitHub App; null for another kind. */
  readonly appId: string | null;
  /** Tells one secret from another: `SHA256:…` as ssh-keygen or GitHub shows a key's, or a keyed hash of a token. */
  readonly fingerprint: string | null;
  readonly createdAt: string;
  /** When git or a host's API was last given it. */
  readonly lastUsedAt: string | null;
}

/** A host with its port where that is not the transport's own, in lower case; IPv6 in brackets. */
export const CREDENTIAL_HOST =
  '(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)(:[1-9][0-9]{0,4})?';

/** The host under which a remote's credential is kept; null for a folder on this machine. */
export function credentialHost({ transport, host, port }: RepoRemote): string | null {
  if (transport === 'local' || host === undefined) return null;
  return `${host}${port === undefined ? '' : `:${port}`}`.toLowerCase();
}

/** Which kinds open the remote for git, the one that goes before the other first. */
export const kindsFor = ({ transport }: RepoRemote): readonly CredentialKind[] =>
  transport === 'ssh' ? ['ssh'] : ['app', 'https'];

/** What is wrong with a credential, in words that follow the field's name; null when nothing is. */
export function credentialProblem(credential: Credential): { field: string; message: string } | null {
  if (credential.kind === 'https') {
    if (!/^[^\s\p{C}]{1,200}$/u.test(credential.username))
      return { field: 'username', message: 'username must have 1 to 200 visible characters and no blanks' };
    if (!/^[\x21-\x7e]{1,8192}$/.test(credential.token))
      return { field: 'token', message: 'token must have 1 to 8192 visible ASCII characters' };
    return null;
  }
  if (credential.kind === 'app') {
    if (!/^[A-Za-z0-9._-]{1,100}$/.test(credential.appId))
      return { field: 'appId', message: "appId must be the app's id, a number, or its client id" };
    return isAppKey(credential.privateKey)
      ? null
      : {
          field: 'privateKey',
          message:
            'privateKey must be an RSA private key in PEM without a passphrase, as GitHub makes it for an app',
        };
  }
  const ofKey = keyProblem(credential.privateKey);
  if (ofKey !== null) return { field: 'privateKey', message: ofKey };
  if (!/^\S+ \S+ \S+/m.test(credential.knownHosts))
    return {
      field: 'knownHosts',
      message:
        'knownHosts must have at least one line of a known_hosts file; "ssh-keyscan <host>" prints them',
    };
  return null;
}

function keyProblem(text: string): string | null {
  const openSsh = openSshKey(text);
  if (openSsh !== null)
    return openSsh.cipher === 'none'
      ? null
      : 'privateKey has a passphrase; make a key without one for Slipway';
  if (/ENCRYPTED/.test(text)) return 'privateKey has a passphrase; make a key without one for Slipway';
  try {
    createPrivateKey(text);
    return null;
  } catch {
    return 'privateKey must be an OpenSSH or PEM private key';
  }
}

function isAppKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/** As GitHub shows it among an app's settings. */
export function appKeyFingerprint(privateKey: string): string {
  const key = createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'der' });
  return `SHA256:${createHash('sha256').update(key).digest('base64')}`;
}

/** As `ssh-keygen -l` prints it; null for a PEM key, whose public half would have to be worked out. */
export function keyFingerprint(text: string): string | null {
  const key = openSshKey(text);
  if (key === null) return null;
  return `SHA256:${createHash('sha256').update(key.publicKey).digest('base64').replace(/=+$/, '')}`;
}

/** The parts of an OpenSSH private key that are not encrypted (PROTOCOL.key); null where it is none. */
function openSshKey(text: string): { cipher: string; publicKey: Buffer } | null {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END OPENSSH PRIVATE KEY-----/.exec(
    text,
  )?.[1];
  if (body === undefined) return null;
  const data = Buffer.from(body, 'base64');
  const magic = 'openssh-key-v1\0';
  if (data.subarray(0, magic.length).toString('latin1') !== magic) return null;
  let at = magic.length;
  const next = (): Buffer => {
    const length = data.readUInt32BE(at);
    at += 4 + length;
    return data.subarray(at - length, at);
  };
  try {
    const cipher = next().toString('latin1');
    next();
    next();
    at += 4;
    return { cipher, publicKey: next() };
  } catch {
    return null;
  }
}
