import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostingBusyError, type Hosting } from '../../../src/repository/hosting/hosting.js';
import { Hosts } from '../../../src/repository/hosting/hosts.js';
import { parseRepoRemote } from '../../../src/repository/repo-remote.js';
import { HostingApi } from '../../support/hosting-api.js';
import { git, makeRepository } from '../providers/repository.js';

const never = new AbortController().signal;
const TOKEN = 'api-token';
const spec = { branch: 'feat/one', base: null, title: 'One', body: 'Because.', draft: false };

/** The same promises, kept over the API of each kind of host. */
describe.each(['github', 'gitlab'] as const)('pull requests at %s', (kind) => {
  let folder = '';
  let server: Server;
  let api: HostingApi;
  let origin = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-hosting-'));
    const work = makeRepository(join(folder, 'work'));
    git(work, 'branch', 'feat/one');
    git(work, 'branch', 'develop');
    git(folder, 'clone', '--quiet', '--bare', 'work', 'acme/shop.git');
    server = createServer((request, response) => api.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => void (api = new HostingApi(folder, TOKEN)));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const hosting = (token: string | undefined = TOKEN, path = 'acme/shop'): Promise<Hosting> => {
    const apiUrl = kind === 'github' ? `${origin}/api/v3` : origin;
    const credential = token && ({ kind: 'https', username: 'git', token } as const);
    const hosts = new Hosts([{ host: 'git.example.com', kind, apiUrl }], {
      token: async () => credential || undefined,
    });
    return hosts.of('default', parseRepoRemote(`https://git.example.com/${path}.git`, { localRoots: [] }));
  };
  const open = async (more: Partial<typeof spec> = {}) =>
    (await hosting()).openPullRequest({ ...spec, ...more }, never);

  it('are opened into the default branch, once', async () => {
    const made = await open();
    expect(made).toMatchObject({ number: 1, state: 'open', url: expect.stringContaining('acme/shop') });
    expect(api.pullRequests).toMatchObject([
      { head: 'feat/one', base: 'main', title: 'One', body: 'Because.', draft: false },
    ]);
    expect(await open()).toEqual(made);
    expect(api.pullRequests).toHaveLength(1);
  });

  it('are opened as drafts, and into another branch, where that is wanted', async () => {
    const made = await (await hosting()).openPullRequest({ ...spec, base: 'develop', draft: true }, never);
    expect(made.state).toBe('draft');
    expect(api.pullRequests).toMatchObject([{ base: 'develop', draft: true }]);
  });

  it('are opened anew where the one that there was is closed', async () => {
    await open();
    api.pullRequests[0]!.state = 'closed';
    expect((await open()).number).toBe(2);
  });

  it('are found when another opens one at the same moment', async () => {
    const [one, other] = await Promise.all([open(), open()]);
    expect(one).toEqual(other);
    expect(api.pullRequests).toHaveLength(1);
  });

  it('are observed: open, merged, closed, with what checks say', async () => {
    const { number } = await open();
    const observe = async () => (await hosting()).observePullRequest(number, never);
    expect(await observe()).toMatchObject({ state: 'open', checks: 'none' });
    const say = (state: 'pending' | 'passed' | 'failed') => {
      api.pipeline = { pending: 'running', passed: 'success', failed: 'failed' }[state];
      // The one that counts is on the second page.
      const passed = { status: 'completed', conclusion: 'success' };
      api.checks = [
        ...Array.from({ length: 100 }, (_, index) => ({ name: `check-${index}`, ...passed })),
        ...(state === 'pending' ? [{ name: 'last', status: 'in_progress', conclusion: null }] : []),
      ];
      // Of a context the newest counts, which comes first.
      api.statuses = [
        { context: 'ci', state: state === 'failed' ? 'failure' : 'success' },
        { context: 'ci', state: 'pending' },
      ];
    };
    for (const state of ['pending', 'passed', 'failed'] as const) {
      say(state);
      expect((await observe()).checks).toBe(state);
    }
    for (const state of ['merged', 'closed'] as const) {
      api.pullRequests[0]!.state = state;
      expect((await observe()).state).toBe(state);
    }
  });

  it('are refused with words that say what to do', async () => {
    await expect((await hosting('wrong')).openPullRequest(spec, never)).rejects.toMatchObject({
      code: 'credentials_refused',
      retryable: false,
    });
    await expect((await hosting(TOKEN, 'acme/none')).openPullRequest(spec, never)).rejects.toMatchObject({
      code: 'hosting_refused',
    });
    await expect(open({ branch: 'feat/none' })).rejects.toMatchObject({ code: 'hosting_refused' });
    await expect((await hosting()).observePullRequest(99, never)).rejects.toMatchObject({
      code: 'hosting_refused',
    });
    const [said] = await Promise.allSettled([(await hosting('wrong-secret')).openPullRequest(spec, never)]);
    expect(JSON.stringify(said)).not.toContain('wrong-secret');
  });

  it('wait as long as the host asks', async () => {
    const inAMinute = String(Math.round(Date.now() / 1_000) + 60);
    const limit = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inAMinute };
    api.next.push(
      kind === 'github'
        ? [403, { message: 'API rate limit exceeded' }, limit]
        : [403, { message: 'Too many' }, { 'retry-after': '60' }],
    );
    const busy = await open().catch((error: unknown) => error);
    expect(busy).toBeInstanceOf(HostingBusyError);
    expect(busy).toMatchObject({ code: 'hosting_unavailable', retryable: true });
    expect((busy as HostingBusyError).waitMs).toBeGreaterThan(30_000);
    expect((busy as HostingBusyError).waitMs).toBeLessThanOrEqual(61_000);
  });

  it('wait for no more than an hour, nor for what is no time', async () => {
    const waits: unknown[] = [];
    const inTwoMinutes = new Date(Date.now() + 120_000).toUTCString();
    for (const after of ['7', '1e99', '-5', inTwoMinutes, 'soon', '']) {
      api.next.push([429, { message: 'Too many' }, { 'retry-after': after }]);
      const failed = await open().catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: 'hosting_unavailable', retryable: true });
      waits.push(failed instanceof HostingBusyError ? Math.ceil(failed.waitMs / 60_000) : 'as others');
    }
    expect(waits).toEqual([1, 60, 0, 2, 'as others', 'as others']);
  });

  it('are tried again when the host is out of order, and not when it is away for good', async () => {
    api.next.push([500, { message: 'Oops' }]);
    await expect(open()).rejects.toMatchObject({ code: 'hosting_unavailable', retryable: true });
    const stopped = AbortSignal.abort(new Error('the task is being killed'));
    await expect((await hosting()).openPullRequest(spec, stopped)).rejects.toBeDefined();
    expect(api.pullRequests).toEqual([]);
  });
});

describe('a host', () => {
  const of = (remote: string, token?: string) =>
    new Hosts([], { token: async () => (token ? { kind: 'https', username: 'git', token } : undefined) }).of(
      'acme',
      parseRepoRemote(remote, { localRoots: ['/srv'] }),
    );
  it('that is not known is named, with the setting that makes it known', async () => {
    await expect(of('https://git.example.com/a/b', 't')).rejects.toMatchObject({
      code: 'hosting_unknown',
      message: expect.stringMatching(/git\.example\.com.*SLIPWAY_GIT_HOSTS/),
    });
    await expect(of('/srv/a', 't')).rejects.toMatchObject({ code: 'hosting_unknown' });
  });
  it('without a token says which command gives one, also where git goes over ssh', async () => {
    for (const remote of ['https://github.com/a/b', 'git@github.com:a/b.git', 'ssh://git@github.com:443/a/b'])
      await expect(of(remote)).rejects.toMatchObject({
        code: 'remote_unauthorized',
        message: expect.stringContaining('slipway credentials set github.com --workspace acme'),
      });
    await expect(of('git@gitlab.com:a/b/c.git', 't')).resolves.toBeDefined();
  });
});
