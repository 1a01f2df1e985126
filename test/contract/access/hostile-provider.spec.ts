import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { createServer, type Server } from 'node:http';
import { pino } from 'pino';
import { OidcClient } from '../../../src/access/oidc-client.js';
import { readSettings } from '../../../src/platform/settings/settings.js';

const REDIRECT = 'http://127.0.0.1:3000/auth/callback';
const nowS = () => Math.floor(Date.now() / 1_000);

/** What this provider does other than one should. */
interface Deed {
  readonly claims?: JWTPayload;
  /** Signs with a key that it does not publish, or not at all. */
  readonly signs?: 'other' | 'not';
  readonly status?: number;
  readonly userinfo?: Record<string, unknown>;
  /** In place of its own, in what it tells of itself. */
  readonly issuer?: string;
  readonly body?: string;
}

describe('a provider that cannot be trusted, or somebody in its place', () => {
  let server: Server;
  let issuer: string;
  let deed: Deed;
  let key: { publicKey: CryptoKey; privateKey: CryptoKey };
  let other: { privateKey: CryptoKey };
  let lines: string;
  let nonce: string;

  beforeAll(async () => {
    key = await generateKeyPair('RS256');
    other = await generateKeyPair('RS256');
  });
  beforeEach(async () => {
    deed = {};
    server = createServer((request, response) => {
      void (async () => {
        const answer = (body: unknown, status = 200) => {
          response.writeHead(status, { 'content-type': 'application/json' });
          response.end(typeof body === 'string' ? body : JSON.stringify(body));
        };
        const path = new URL(request.url!, issuer).pathname;
        if (path.endsWith('openid-configuration'))
          return answer({
            issuer: deed.issuer ?? issuer,
            authorization_endpoint: `${issuer}/auth`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/jwks`,
            ...(deed.userinfo && { userinfo_endpoint: `${issuer}/userinfo` }),
            id_token_signing_alg_values_supported: ['RS256'],
          });
        if (path === '/jwks')
          return answer({ keys: [{ ...(await exportJWK(key.publicKey)), kid: '1', alg: 'RS256' }] });
        if (path === '/userinfo') return answer(deed.userinfo);
        if (deed.status !== undefined) return answer(deed.body ?? { error: 'x' }, deed.status);
        const claims: JWTPayload = {
          iss: issuer,
          aud: 'slipway',
          sub: 'jane',
          iat: nowS(),
          exp: nowS() + 300,
          nonce,
          groups: ['dev'],
          ...deed.claims,
        };
        const signed =
          deed.signs === 'not'
            ? new UnsecuredJWT(claims).encode()
            : await new SignJWT(claims)
                .setProtectedHeader({ alg: 'RS256', kid: '1' })
                .sign(deed.signs === 'other' ? other.privateKey : key.privateKey);
        answer({ access_token: 'at-secret', token_type: 'Bearer', expires_in: 60, id_token: signed });
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const logIn = async () => {
    lines = '';
    const settings = readSettings({
      SLIPWAY_AUTH: 'oidc',
      SLIPWAY_OIDC_ISSUER: issuer,
      SLIPWAY_OIDC_CLIENT_ID: 'slipway',
      SLIPWAY_OIDC_CLIENT_SECRET: 'client-secret',
      SLIPWAY_OIDC_ROLE_MAP: 'dev=member@acme',
    });
    const log = pino({ level: 'trace' }, { write: (line: string) => (lines += line) });
    const client = new OidcClient(settings, log);
    const { attempt } = await client.begin(REDIRECT, { askAgain: false });
    nonce = attempt.nonce;
    return client.finish(new URL(`${REDIRECT}?code=code-secret&state=${attempt.state}`), attempt);
  };

  it('that behaves lets somebody in, also with a clock that is a little off', async () => {
    expect(await logIn()).toMatchObject({ actor: 'user:jane', groups: ['dev'] });
    deed = { claims: { iat: nowS() + 45, nbf: nowS() + 45 } };
    expect(await logIn()).toMatchObject({ actor: 'user:jane' });
    deed = { claims: { exp: nowS() - 30 } };
    expect(await logIn()).toMatchObject({ actor: 'user:jane' });
  });

  it.each<[string, () => Deed]>([
    ['is for another log-in', () => ({ claims: { nonce: 'other' } })],
    ['is for no log-in', () => ({ claims: { nonce: undefined } })],
    ['is for another client', () => ({ claims: { aud: 'other' } })],
    ['is for several, and from another one', () => ({ claims: { aud: ['slipway', 'other'], azp: 'other' } })],
    ['is from another provider', () => ({ claims: { iss: 'https://evil.example' } })],
    ['is long over', () => ({ claims: { exp: nowS() - 600 } })],
    ['is of no time', () => ({ claims: { exp: undefined } })],
    ['begins later', () => ({ claims: { nbf: nowS() + 600 } })],
    ['is signed with another key', () => ({ signs: 'other' })],
    ['is signed by nobody', () => ({ signs: 'not' })],
    ['is of nobody', () => ({ claims: { sub: '' } })],
    [
      'is completed by what is told of somebody else',
      () => ({ claims: { groups: undefined }, userinfo: { sub: 'eve', groups: ['dev'] } }),
    ],
    [
      'is no token',
      () => ({ status: 200, body: '{"access_token":"at-secret","token_type":"Bearer","id_token":"x"}' }),
    ],
    ['is missing', () => ({ status: 200, body: '{"access_token":"at-secret","token_type":"Bearer"}' })],
    ['is no JSON', () => ({ status: 200, body: '<html>' })],
    ['is a refusal', () => ({ status: 400, body: '{"error":"invalid_grant"}' })],
  ])('is refused when what it says %s', async (_, of) => {
    deed = of();
    await expect(logIn()).rejects.toMatchObject({ name: 'LoginFailedError', code: 'login_refused' });
    for (const secret of ['at-secret', 'code-secret', 'client-secret']) expect(lines).not.toContain(secret);
    expect(lines).toContain('a log-in was refused');
  });

  it('that calls itself otherwise than the settings do is refused', async () => {
    deed = { issuer: 'https://evil.example' };
    await expect(logIn()).rejects.toMatchObject({ code: 'login_refused' });
  });

  it.each([500, 502, 503, 429])('is away, not refused, when it answers %d', async (status) => {
    deed = { status };
    await expect(logIn()).rejects.toMatchObject({ code: 'login_provider_away' });
  });

  it('is asked anew after it could not be reached', async () => {
    const settings = readSettings({
      SLIPWAY_AUTH: 'oidc',
      SLIPWAY_OIDC_ISSUER: issuer,
      SLIPWAY_OIDC_CLIENT_ID: 'slipway',
      SLIPWAY_OIDC_ROLE_MAP: '*=viewer@acme',
    });
    const client = new OidcClient(settings, pino({ level: 'silent' }));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    await expect(client.begin(REDIRECT, { askAgain: false })).rejects.toMatchObject({
      code: 'login_provider_away',
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const { url } = await client.begin(REDIRECT, { askAgain: true });
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      code_challenge_method: 'S256',
      prompt: 'login',
      redirect_uri: REDIRECT,
      response_type: 'code',
    });
  });
});
