import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import type { HostedAnswer } from './hosting-api.js';

const HOUR_MS = 3_600_000;
/** GitHub takes no app token that lives longer. */
const LONGEST_JWT_S = 600;

interface Minted {
  readonly repositories: readonly string[];
  readonly expiresAt: number;
}

/**
 * A GitHub App as GitHub knows it: whoever signs with its key asks which of its installations has a repository, and has tokens
 * made of it, which open that repository for an hour. Its errors are worded as GitHub's.
 */
export class GitHubApp {
  readonly appId = '271828';
  readonly privateKey: string;
  /** By `owner/name`. */
  readonly installations = new Map<string, number>();
  /** Of every token that was ever made. */
  readonly tokens = new Map<string, Minted>();
  isSuspended = false;
  lifeMs = HOUR_MS;
  /** How far the host's clock is ahead of ours. */
  skewMs = 0;
  /** Each JSON Web Token that came, as it was sent. */
  readonly signed: string[] = [];
  private readonly publicKey: string;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    // As GitHub hands keys out.
    this.privateKey = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
    this.publicKey = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  }

  /** Whether the token opens the repository now. */
  opens(token: string, path: string): boolean {
    const minted = this.tokens.get(token);
    return minted !== undefined && minted.expiresAt > this.now() && minted.repositories.includes(path);
  }

  /** The answer to a request for one of the app's own routes (without `/api/v3`), or undefined when it is none. */
  answer(
    method: string,
    route: string,
    authorization: string | undefined,
    body: Record<string, unknown>,
  ): HostedAnswer | undefined {
    const path = /^\/repos\/([^/]+\/[^/]+)\/installation$/.exec(route)?.[1];
    const installation = Number(/^\/app\/installations\/(\d+)\/access_tokens$/.exec(route)?.[1]);
    const isOurs = (method === 'GET' && path !== undefined) || (method === 'POST' && installation > 0);
    if (!isOurs) return undefined;
    const date = new Date(this.now()).toUTCString();
    const refused = (status: number, message: string): HostedAnswer => [
      status,
      { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
      { date },
    ];
    const problem = this.problemOf(authorization);
    if (problem !== null) return refused(401, problem);
    if (path !== undefined) {
      const id = this.installations.get(path);
      if (id === undefined) return refused(404, 'Not Found');
      const [login] = path.split('/');
      return [200, { id, app_id: Number(this.appId), account: { login }, repository_selection: 'selected' }];
    }
    if (this.isSuspended) return refused(403, 'This installation has been suspended');
    const own = [...this.installations].filter(([, id]) => id === installation).map(([name]) => name);
    if (own.length === 0) return refused(404, 'Not Found');
    const names = (body['repositories'] as string[] | undefined) ?? own.map((name) => name.split('/')[1]!);
    const repositories = own.filter((name) => names.includes(name.split('/')[1]!));
    if (repositories.length !== names.length)
      return refused(
        422,
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      );
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    const expiresAt = this.now() + this.lifeMs;
    this.tokens.set(token, { repositories, expiresAt });
    return [
      201,
      {
        token,
        expires_at: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
        permissions: { contents: 'write', pull_requests: 'write', metadata: 'read' },
        repository_selection: 'selected',
        repositories: repositories.map((name) => ({ name: name.split('/')[1], full_name: name })),
      },
    ];
  }

  private problemOf(authorization = ''): string | null {
    const jwt = /^bearer (.+)$/i.exec(authorization)?.[1];
    const [head, payload, signature] = jwt?.split('.') ?? [];
    if (!jwt || !head || !payload || !signature) return 'A JSON web token could not be decoded';
    this.signed.push(jwt);
    const signed = Buffer.from(`${head}.${payload}`);
    if (part(head)['alg'] !== 'RS256' || part(payload)['iss'] !== this.appId) return 'Integration not found';
    if (!verify('RSA-SHA256', signed, this.publicKey, Buffer.from(signature, 'base64url')))
      return 'A JSON web token could not be decoded';
    const { iat, exp } = part(payload) as { iat: number; exp: number };
    const now = this.now() / 1_000;
    if (!Number.isInteger(iat) || iat > now)
      return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    if (exp > now + LONGEST_JWT_S) return "'Expiration time' claim ('exp') is too far in the future";
    return exp > now
      ? null
      : "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  }

  private now(): number {
    return Date.now() + this.skewMs;
  }
}

const part = (encoded: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(encoded, 'base64url').toString()) as Record<string, unknown>;
