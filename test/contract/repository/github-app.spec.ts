import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppTokens } from '../../../src/repository/credentials/app-tokens.js';
import type { AppCredential } from '../../../src/repository/credentials/credential.js';
import { HostingBusyError } from '../../../src/repository/hosting/hosting.js';
import { Hosts } from '../../../src/repository/hosting/hosts.js';
import { parseRepoRemote } from '../../../src/repository/repo-remote.js';
import { GitHubApp } from '../../support/github-app.js';
import { HostingApi } from '../../support/hosting-api.js';
import { git, makeRepository } from '../providers/repository.js';

const never = new AbortController().signal;
const MINUTE_MS = 60_000;
const HOST = 'git.example.com';

describe('the tokens of a GitHub App', () => {
  let folder = '';
  let server: Server;
  let app: GitHubApp;
  let api: HostingApi;
  let tokens: AppTokens;
  /** How far time has gone on beyond the real one. */
  let later = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-github-app-'));
    const work = makeRepository(join(folder, 'work'));
    git(work, 'branch', 'feat/one');
    for (const name of ['shop', 'other'])
      git(folder, 'clone', '--quiet', '--bare', 'work', `acme/${name}.git`);
    server = createServer((request, response) => api.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    app = new GitHubApp();
    app.installations.set('acme/shop', 7);
    api = new HostingApi(folder, 'no token of anybody', app);
    later = 0;
    tokens = new AppTokens([setting()], 15 * MINUTE_MS, { now: () => new Date(Date.now() + later) });
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const setting = () => ({
    host: HOST,
    kind: 'github' as const,
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`,
  });
  const remoteOf = (path: string) => parseRepoRemote(`https://${HOST}/${path}.git`, { localRoots: [] });
  const remote = remoteOf('acme/shop');
  const credential = (over: Partial<AppCredential> = {}): AppCredential => ({
    kind: 'app',
    appId: app.appId,
    privateKey: app.privateKey,
    ...over,
  });
  const minted = () => api.asked.filter((each) => each.endsWith('/access_tokens')).length;
  const failure = async (of: AppCredential = credential(), from = remote) =>
    tokens.token(of, from).catch((error: unknown) => error);

  it('open the one repository that they are for, and its pull requests', async () => {
    app.installations.set('acme/other', 7);
    const token = await tokens.token(credential(), remote);
    expect(app.opens(token, 'acme/shop')).toBe(true);
    expect(app.opens(token, 'acme/other')).toBe(false);
    const hosts = new Hosts([setting()], {
      token: async (_, __, of) => ({
        kind: 'https',
        username: 'x-access-token',
        token: await tokens.token(credential(), of),
      }),
    });
    const hosting = await hosts.of('default', remote);
    const spec = { branch: 'feat/one', base: null, title: 'One', body: 'Because.', draft: false };
    expect(await hosting.openPullRequest(spec, never)).toMatchObject({ number: 1, state: 'open' });
  });

  it('are made once, whoever asks at the same time, for each repository', async () => {
    app.installations.set('acme/other', 7);
    const asked = Array.from({ length: 10 }, () => tokens.token(credential(), remote));
    const other = tokens.token(credential(), remoteOf('acme/other'));
    expect(new Set(await Promise.all(asked)).size).toBe(1);
    expect(await tokens.token(credential(), remoteOf('Acme/Shop'))).toBe(await asked[0]);
    expect(await other).not.toBe(await asked[0]);
    expect(minted()).toBe(2);
  });

  it('are made anew while there is still time for what begins with the old one', async () => {
    const first = await tokens.token(credential(), remote);
    later = 44 * MINUTE_MS;
    expect(await tokens.token(credential(), remote)).toBe(first);
    app.skewMs = later = 59 * MINUTE_MS;
    expect(app.opens(first, 'acme/shop')).toBe(true);
    const second = await tokens.token(credential(), remote);
    expect(second).not.toBe(first);
    app.skewMs = later = 60 * MINUTE_MS;
    expect(app.opens(first, 'acme/shop')).toBe(false);
    expect(await tokens.token(credential(), remote)).toBe(second);
    expect(app.tokens.size).toBe(2);
  });

  it.each([30, -30])('hold no longer than they live with a clock that is %s minutes off', async (minutes) => {
    app.skewMs = minutes * MINUTE_MS;
    const first = await tokens.token(credential(), remote);
    expect(app.opens(first, 'acme/shop')).toBe(true);
    later = 50 * MINUTE_MS;
    const again = await tokens.token(credential(), remote);
    app.skewMs += later;
    expect(app.opens(again, 'acme/shop')).toBe(true);
  });

  it('that were refused are made anew, unless they are quite new', async () => {
    const first = await tokens.token(credential(), remote);
    expect(await tokens.refused(credential(), remote)).toBe(false);
    const second = await tokens.token(credential(), remote);
    expect(second).not.toBe(first);
    later = 2 * MINUTE_MS;
    expect(await tokens.refused(credential(), remote)).toBe(true);
    expect(await tokens.token(credential(), remote)).not.toBe(second);
  });

  it('are not there where the app is not installed, which is final and says what to do', async () => {
    expect(await failure(credential(), remoteOf('acme/other'))).toMatchObject({
      code: 'credentials_refused',
      retryable: false,
      message: expect.stringMatching(
        /App 271828 is not installed on acme\/other at git\.example\.com.*Install it/,
      ),
    });
    app.isSuspended = true;
    expect(await failure()).toMatchObject({
      code: 'credentials_refused',
      retryable: false,
      message: expect.stringContaining('suspended'),
    });
    // Nothing of that is kept.
    app.isSuspended = false;
    expect(await tokens.token(credential(), remote)).toMatch(/^ghs_/);
  });

  it('are refused to another key, and to an app that is not known', async () => {
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const privateKey = foreign.export({ type: 'pkcs8', format: 'pem' }) as string;
    for (const over of [{ privateKey }, { appId: '1' }])
      expect(await failure(credential(over))).toMatchObject({
        code: 'credentials_refused',
        retryable: false,
        message: expect.stringContaining('--app-key'),
      });
  });

  it('are waited for where their host is out of order or asks to wait', async () => {
    api.next.push([502, { message: 'Bad gateway' }]);
    expect(await failure()).toMatchObject({ code: 'hosting_unavailable', retryable: true });
    api.next.push([403, { message: 'secondary rate limit' }, { 'retry-after': '40' }]);
    const busy = await failure();
    expect(busy).toBeInstanceOf(HostingBusyError);
    expect((busy as HostingBusyError).waitMs).toBe(40_000);
    expect(await tokens.token(credential(), remote)).toMatch(/^ghs_/);
  });

  it('are of GitHub alone', async () => {
    const elsewhere = parseRepoRemote('https://gitlab.com/acme/shop.git', { localRoots: [] });
    expect(await failure(credential(), elsewhere)).toMatchObject({
      code: 'credentials_refused',
      message: expect.stringContaining('gitlab.com is not known as one'),
    });
  });

  it('and what they are made with are in no error', async () => {
    const token = await tokens.token(credential(), remote);
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const foreign = key.export({ type: 'pkcs1', format: 'pem' }) as string;
    const failures = [
      await failure(credential({ privateKey: foreign })),
      await failure(credential(), remoteOf('acme/other')),
    ];
    const told = failures.map(
      (each) => JSON.stringify(each, Object.getOwnPropertyNames(each)) + String((each as Error).stack),
    );
    const secrets = [
      token,
      ...app.signed,
      ...foreign.split('\n').slice(1, -2),
      ...app.privateKey.split('\n').slice(1, -2),
    ];
    for (const secret of secrets) for (const text of told) expect(text).not.toContain(secret);
  });
});
