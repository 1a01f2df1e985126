import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Login } from '@slipway/client';
import { SlipwayClient } from '@slipway/client';
import WebSocket from 'ws';
import { CookieJar, logIn, type Visit } from '../support/cookie-jar.js';
import { LoginProvider } from '../support/login-provider.js';
import { RawLiveSocket } from '../support/raw-live-socket.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const NEW_TASK = JSON.stringify({ task: 'fix it', repoRemote: 'https://git.example.com/acme/shop.git' });
const JSON_TYPE = { 'content-type': 'application/json' };
const PEOPLE = {
  jane: { name: 'Jane Doe', email: 'jane@acme.example', email_verified: true, groups: ['devs', 'guests'] },
  omar: { name: 'Omar', email: 'omar@acme.example', email_verified: false, groups: ['ops'] },
  eve: { name: 'Eve', groups: ['strangers', '*'] },
};

describe('people who log in', () => {
  let provider: LoginProvider;
  let service: ServiceProcess;
  let jane: CookieJar;

  const callback = (url: string) => url.startsWith(`${service.url}/auth/callback`);
  const own = () => ({ origin: service.url, 'sec-fetch-site': 'same-origin' });
  const me = async (jar: CookieJar) => {
    const { status, text } = await jar.visit(`${service.url}/v1/me`);
    return { status, body: JSON.parse(text) as Record<string, unknown> };
  };
  const create = (jar: CookieJar, headers: Record<string, string>) =>
    jar.visit(`${service.url}/v1/tasks`, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body: NEW_TASK,
    });
  const upgraded = (headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${service.url.replace(/^http/, 'ws')}/v1/live`, { headers });
      socket.on('open', () => (socket.terminate(), resolve(101)));
      socket.on('unexpected-response', (_, answer) => (answer.resume(), resolve(answer.statusCode ?? 0)));
      socket.on('error', reject);
    });
  const admin = async () => {
    const made = await runCli(['tokens', 'bootstrap'], { SLIPWAY_DATA_DIR: service.dataDir });
    return new SlipwayClient({ url: service.url, token: made.stdout.trim() });
  };

  beforeAll(async () => {
    provider = await LoginProvider.start(PEOPLE);
    service = await ServiceProcess.start({
      ...provider.settings,
      SLIPWAY_OIDC_ROLE_MAP: 'devs=member@acme,guests=viewer@acme,guests=viewer@labs,ops=admin@*',
      SLIPWAY_CORS_ORIGINS: 'http://127.0.0.1:7',
      LOG_LEVEL: 'trace',
    });
    provider.admit(service.url);
  });
  afterAll(async () => {
    await service?.dispose();
    await provider?.goAway();
  });

  it('come back from their provider known, with what their groups may do', async () => {
    jane = new CookieJar();
    expect(await me(jane)).toMatchObject({ status: 401 });
    const back = await logIn(jane, service.url, 'jane', {
      returnTo: '/new?workspace=acme',
      stop: (url) => url === `${service.url}/new?workspace=acme`,
    });
    expect(back).toMatchObject({ status: 302, headers: { location: '/new?workspace=acme' } });
    const kept = back.setCookies.find((text) => text.startsWith('slipway='));
    expect(kept).toMatch(
      /^slipway=login_[0-9a-f-]{36}_[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/,
    );
    expect(jane.of(service.url).has('slipway-login')).toBe(false);
    expect(await me(jane)).toEqual({
      status: 200,
      body: {
        actor: 'user:jane',
        role: 'member',
        workspaceId: 'acme',
        name: 'Jane Doe',
        email: 'jane@acme.example',
        workspaces: [
          { workspaceId: 'acme', role: 'member' },
          { workspaceId: 'labs', role: 'viewer' },
        ],
        by: 'login',
      },
    });
  });

  it('do what they may, in each of their workspaces, and events say that it was they', async () => {
    const created = await create(jane, own());
    expect(created.status).toBe(201);
    const task = JSON.parse(created.text) as { taskId: string; workspaceId: string; position: string };
    expect(task.workspaceId).toBe('acme');
    const history = await jane.visit(
      `${service.url}/v1/tasks/${task.taskId}/history?minPosition=${task.position}`,
    );
    expect(JSON.parse(history.text)).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({
          type: 'TaskCreated',
          metadata: expect.objectContaining({ actor: 'user:jane', address: '127.0.0.1' }),
        }),
      ]),
    });
    const statusOf = async (path: string) => (await jane.visit(`${service.url}${path}`)).status;
    expect(await statusOf('/v1/tasks?workspaceId=labs')).toBe(200);
    expect(await statusOf('/v1/tasks?workspaceId=other')).toBe(404);
    expect(await statusOf('/v1/logins')).toBe(403);
    expect(await statusOf('/metrics')).toBe(403);
    const inLabs = await jane.visit(`${service.url}/v1/tasks`, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...own() },
      body: NEW_TASK.replace('{', '{"workspaceId":"labs",'),
    });
    expect(inLabs.status).toBe(403);
  });

  it('are known from an address that the provider has not verified by no address', async () => {
    const omar = new CookieJar();
    await logIn(omar, service.url, 'omar');
    expect(await me(omar)).toMatchObject({
      body: { actor: 'user:omar', email: null, role: 'admin', workspaceId: '*' },
    });
    expect((await omar.visit(`${service.url}/metrics`)).status).toBe(200);
  });

  it('are not let in when no group of theirs is named, whatever their groups are called', async () => {
    const eve = new CookieJar();
    const back = await logIn(eve, service.url, 'eve', { stop: (url) => url.includes('problem=') });
    expect(back.headers.location).toBe('/?problem=login_not_permitted');
    expect(eve.of(service.url).has('slipway')).toBe(false);
  });

  it.each([
    ['another port of this machine', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
    ['the same port under another name', { origin: 'http://localhost:PORT', 'sec-fetch-site': 'cross-site' }],
    ['a site that may use the API with a token', { origin: 'http://127.0.0.1:7' }],
    [
      'a site that may use the API, told by nothing else',
      { origin: 'http://127.0.0.1:7', 'sec-fetch-site': 'same-site' },
    ],
    ['the same host without encryption', { origin: 'https://127.0.0.1:PORT' }],
    ['nowhere', { origin: 'null' }],
    ['a sibling', { 'sec-fetch-site': 'same-site' }],
    ['somewhere that is not told', {}],
  ])('write and listen with their cookie from our own page alone, not from %s', async (_, told) => {
    const headers = Object.fromEntries(
      Object.entries(told).map(([name, value]) => [name, value.replace('PORT', new URL(service.url).port)]),
    );
    expect((await create(jane, headers)).status).toBe(403);
    expect(await upgraded({ ...headers, cookie: jane.header(service.url) })).toBe(403);
    const left = await jane.visit(`${service.url}/auth/logout`, { method: 'POST', headers });
    expect(left.status).toBe(403);
    expect((await me(jane)).status).toBe(200);
  });

  it('give nothing to another page that reads, also of this machine; a link to an answer can be followed', async () => {
    const read = (headers: Record<string, string>) => jane.visit(`${service.url}/v1/tasks`, { headers });
    expect((await read({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
    expect((await read({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' })).status).toBe(403);
    expect((await read({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status).toBe(200);
    expect(await upgraded({ ...own(), cookie: jane.header(service.url) })).toBe(101);
  });

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/%2F/evil.example',
    'javascript:alert(1)',
    '/auth/login',
    '/v1/tasks',
    '/tasks/../../evil',
    `/new?${'x'.repeat(900)}`,
  ])('are led back to our page and nowhere else: %j', async (returnTo) => {
    const back = await logIn(new CookieJar(), service.url, 'jane', {
      returnTo,
      stop: (url) =>
        /^http:\/\/127\.0\.0\.1:\d+\/(new|tasks.*)?(\?.*)?$/.test(url) || !url.includes('127.0.0.1'),
    });
    expect(back).toMatchObject({ status: 302, headers: { location: '/' } });
  });

  it('come back once, in the browser in which they left, and with what they left with', async () => {
    const first = new CookieJar();
    const held = await logIn(first, service.url, 'jane', { stop: callback });
    const address = held.headers.location!;
    const refused = (visit: Visit, code: string) => {
      expect(visit).toMatchObject({ status: 302, headers: { location: `/?problem=${code}` } });
      expect(visit.setCookies.every((text) => /Max-Age=0/.test(text))).toBe(true);
    };
    // Somebody has it opened in another's browser, to have them work as somebody else.
    refused(await new CookieJar().visit(address), 'login_expired');
    const victim = new CookieJar();
    await victim.visit(`${service.url}/auth/login`);
    refused(await victim.visit(address), 'login_expired');
    // With another one's state and with none.
    const begun = first.of(service.url).get('slipway-login')!;
    const keep = () => first.of(service.url).set('slipway-login', begun);
    refused(
      await first.visit(address.replace(/state=[^&]*/, 'state=AAAAAAAAAAAAAAAAAAAAAAAA')),
      'login_expired',
    );
    keep();
    refused(await first.visit(address.replace(/&?state=[^&]*/, '')), 'login_expired');
    keep();
    refused(await first.visit(address.replace(/code=[^&]*/, 'code=none')), 'login_refused');
    keep();
    refused(
      await first.visit(`${address}&iss=https%3A%2F%2Fevil.example`.replace(/iss=http%3A[^&]*&/, '')),
      'login_refused',
    );
    keep();
    const good = await first.visit(address);
    expect(good).toMatchObject({ status: 302, headers: { location: '/' } });
    expect((await me(first)).status).toBe(200);
    // Again, as somebody who has seen it all would send it.
    keep();
    const again = new CookieJar();
    again.of(service.url).set('slipway-login', begun);
    refused(await again.visit(address), 'login_refused');
  });

  it('are told when they say no at the provider', async () => {
    const jar = new CookieJar();
    const held = await jar.visit(`${service.url}/auth/login?return=%2Fnew`);
    const state = new URL(held.headers.location!).searchParams.get('state')!;
    const iss = encodeURIComponent(provider.issuer);
    const back = await jar.visit(
      `${service.url}/auth/callback?error=access_denied&error_description=%3Cscript%3E&state=${state}&iss=${iss}`,
    );
    expect(back.headers.location).toBe('/new?problem=login_refused');
  });

  it.each(['', 'x', 'login_', 'a'.repeat(300), Buffer.from('{"state":1}').toString('base64url'), '%00', '"'])(
    'are asked to begin anew with a kept attempt such as %j',
    async (kept) => {
      const jar = new CookieJar();
      jar.of(service.url).set('slipway-login', kept);
      const back = await jar.visit(`${service.url}/auth/callback?code=x&state=undefined`);
      expect(back.headers.location).toBe('/?problem=login_expired');
    },
  );

  it('bring a log-in of their own: one that was planted is neither taken over nor left', async () => {
    const jar = new CookieJar();
    const planted = 'login_6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e_'.padEnd(91, 'A');
    jar.of(service.url).set('slipway', planted);
    expect((await me(jar)).status).toBe(401);
    await logIn(jar, service.url, 'jane');
    const first = jar.of(service.url).get('slipway')!;
    expect(first).not.toBe(planted);
    await logIn(jar, service.url, 'jane');
    expect(jar.of(service.url).get('slipway')).not.toBe(first);
    const old = new CookieJar();
    old.of(service.url).set('slipway', first);
    expect((await me(old)).status).toBe(401);
    // Two of one name: a neighbour has planted one of them.
    const doubled = await new CookieJar().visit(`${service.url}/v1/me`, {
      headers: { cookie: `${jar.header(service.url)}; slipway=${first}` },
    });
    expect(doubled.status).toBe(401);
  });

  it.each(['x', '""', 'slw_x', 'login_x_y', 'a'.repeat(400), 'ÿÿ', '%', '__Host-slipway=x'])(
    'are nobody with a cookie such as %j',
    async (value) => {
      const answer = await new CookieJar().visit(`${service.url}/v1/me`, {
        headers: { cookie: `a=b; slipway=${value}; =; ;` },
      });
      expect(answer.status).toBe(401);
    },
  );

  it('show with a token that they are the token, whatever cookie comes along', async () => {
    const answer = await jane.visit(`${service.url}/v1/me`, {
      headers: { authorization: 'Bearer slw_none' },
    });
    expect(answer.status).toBe(401);
  });

  it('stay known when the service is killed, and are told when their provider is away', async () => {
    await service.kill();
    await service.start({ PORT: new URL(service.url).port });
    expect((await me(jane)).body).toMatchObject({ actor: 'user:jane' });
    await provider.goAway();
    const away = await new CookieJar().visit(`${service.url}/auth/login?return=%2Fnew%3Fworkspace%3Dacme`);
    expect(away.headers.location).toBe('/new?workspace=acme&problem=login_provider_away');
    expect((await me(jane)).status).toBe(200);
    await provider.comeBack();
    const jar = new CookieJar();
    const held = await logIn(jar, service.url, 'jane', { stop: callback });
    // It goes between leaving and coming back.
    await provider.goAway();
    const back = await jar.visit(held.headers.location!);
    expect(back.headers.location).toBe('/?problem=login_provider_away');
    await provider.comeBack();
    await logIn(jar, service.url, 'jane');
    expect((await me(jar)).status).toBe(200);
  });

  const listen = (jar: CookieJar) =>
    RawLiveSocket.connect(service.url, { ...own(), cookie: jar.header(service.url) });
  const closed = (socket: RawLiveSocket) =>
    until('the socket to be closed', 10_000, () => socket.closed !== undefined);

  it('log out here and at the provider; what was kept opens nothing any more, sockets included', async () => {
    const jar = new CookieJar();
    await logIn(jar, service.url, 'jane');
    const copy = new CookieJar();
    copy.of(service.url).set('slipway', jar.of(service.url).get('slipway')!);
    const socket = await listen(jar);
    const left = await jar.visit(`${service.url}/auth/logout`, { method: 'POST', headers: own() });
    expect(left.status).toBe(200);
    const { location } = JSON.parse(left.text) as { location: string };
    const there = new URL(location);
    expect(there.origin).toBe(provider.issuer);
    expect(there.searchParams.get('post_logout_redirect_uri')).toBe(`${service.url}/`);
    expect((await jar.visit(location)).status).toBe(200);
    expect(jar.of(service.url).has('slipway')).toBe(false);
    expect((await me(copy)).status).toBe(401);
    await closed(socket);
    expect(socket.closed).toEqual({ code: 1008, reason: 'the log-in has ended' });
    expect(await upgraded({ ...own(), cookie: copy.header(service.url) })).toBe(401);
    const again = await copy.visit(`${service.url}/auth/logout`, { method: 'POST', headers: own() });
    expect(JSON.parse(again.text)).toEqual({ location: '/' });
  });

  it('are put out by an admin, at once and with their sockets', async () => {
    const root = await admin();
    const jar = new CookieJar();
    await logIn(jar, service.url, 'jane');
    const socket = await listen(jar);
    const [, loginId] = jar.of(service.url).get('slipway')!.split('_');
    const { items } = await root.listLogins();
    expect(items.find((login: Login) => login.loginId === loginId)).toMatchObject({
      actor: 'user:jane',
      email: 'jane@acme.example',
    });
    expect(JSON.stringify(items)).not.toContain('hash');
    const ended = await runCli(['logins', 'end', loginId!], {
      SLIPWAY_DATA_DIR: service.dataDir,
      SLIPWAY_TOKEN: (await root.createToken({ name: 'cli', role: 'admin', workspaceId: '*' })).token,
    });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('user:jane') });
    expect((await me(jar)).status).toBe(401);
    await closed(socket);
    await expect(root.endLogin('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
      code: 'login_not_found',
    });
  });

  it('leave no secret behind: not in the log at its loudest, not in what is stored', async () => {
    const stored = await runCli(['streams', 'show', 'slipway-logins', '--full'], {
      SLIPWAY_DATA_DIR: service.dataDir,
    });
    expect(stored.stdout).toContain('LoginOpened');
    const secrets = [
      provider.secret,
      ...jane.visited.flatMap((url) => new URL(url).searchParams.getAll('code')),
      jane.of(service.url).get('slipway')!.slice(-43),
    ];
    expect(secrets.length).toBeGreaterThanOrEqual(3);
    for (const secret of secrets) {
      expect(service.log).not.toContain(secret);
      expect(stored.stdout).not.toContain(secret);
    }
  });

  it('are out after a time, and sooner when they ask for nothing', async () => {
    const restart = async (env: Record<string, string>) => {
      await service.stop();
      await service.start({ PORT: new URL(service.url).port, ...env });
    };
    await restart({ SLIPWAY_LOGIN_MAX_S: '4' });
    const jar = new CookieJar();
    await logIn(jar, service.url, 'jane');
    const socket = await listen(jar);
    const kept = jar.header(service.url);
    const begun = performance.now();
    await until('the log-in to be over', 10_000, async () => {
      const { status } = await jar.visit(`${service.url}/v1/me`);
      return status === 401;
    });
    expect(performance.now() - begun).toBeGreaterThan(2_000);
    await closed(socket);
    expect(await upgraded({ ...own(), cookie: kept })).toBe(401);

    await restart({ SLIPWAY_LOGIN_IDLE_S: '3' });
    const idle = new CookieJar();
    await logIn(idle, service.url, 'jane');
    for (let i = 0; i < 10; i++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await me(idle)).status).toBe(200);
    }
    const quiet = await listen(idle);
    await closed(quiet);
    expect((await me(idle)).status).toBe(401);
    // Jane's own of before asked for nothing for longer than that.
    expect((await me(jane)).status).toBe(401);
  });
});
