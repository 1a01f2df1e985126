import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SlipwayClient } from '@slipway/client';
import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';
import { CookieJar, logIn } from '../support/cookie-jar.js';
import { LoginProvider } from '../support/login-provider.js';
import { RawLiveSocket } from '../support/raw-live-socket.js';
import { Replicas } from '../support/replicas.js';
import { runCli } from '../support/run-cli.js';
import type { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

describe('two replicas, as one to whoever comes', () => {
  let provider: LoginProvider;
  let replicas: Replicas;
  let here: ServiceProcess;
  let there: ServiceProcess;
  let root: SlipwayClient;
  let rootToken: string;
  const at = ({ url }: ServiceProcess, token: string) => new SlipwayClient({ url, token });

  beforeAll(async () => {
    provider = await LoginProvider.start({ jane: { groups: ['devs'] } });
    replicas = await Replicas.prepare({
      ...provider.settings,
      SLIPWAY_OIDC_ROLE_MAP: 'devs=member@acme',
      SLIPWAY_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      SLIPWAY_SECRET_KEY: randomBytes(32).toString('hex'),
    });
    [here, there] = [await replicas.add(), await replicas.add()];
    provider.admit(here.url);
    const made = await runCli(['tokens', 'bootstrap'], { SLIPWAY_DATA_DIR: here.dataDir });
    rootToken = made.stdout.trim();
    root = at(here, rootToken);
  });
  afterAll(async () => {
    await replicas?.stop();
    await provider?.goAway();
  });

  const upgraded = ({ url }: ServiceProcess, ticket: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/live?ticket=${ticket}`);
      socket.on('open', () => (socket.terminate(), resolve(101)));
      socket.on('unexpected-response', (_, answer) => (answer.resume(), resolve(answer.statusCode ?? 0)));
      socket.on('error', reject);
    });
  const ticketAt = async ({ url }: ServiceProcess, token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}/v1/live/ticket`, { method: 'POST', headers });
    return ((await answer.json()) as { ticket: string }).ticket;
  };

  it('know a token at once that the other has made, and its ticket once, whoever has given it', async () => {
    const { token } = await root.createToken({ name: 'new', role: 'viewer', workspaceId: 'acme' });
    expect(await at(there, token).getCaller()).toMatchObject({ role: 'viewer' });
    const ticket = await ticketAt(here, token);
    expect(await upgraded(there, ticket)).toBe(101);
    expect(await upgraded(here, ticket)).toBe(401);
    expect(await upgraded(there, ticket)).toBe(401);
    // However many come with it at once, one is let in.
    const other = await ticketAt(there, token);
    const told = await Promise.all([here, there, here, there].map((each) => upgraded(each, other)));
    expect(told.sort()).toEqual([101, 401, 401, 401]);
  });

  it('let nobody in with a ticket whose token was revoked meanwhile', async () => {
    const { token, tokenId } = await root.createToken({ name: 'gone', role: 'viewer', workspaceId: 'acme' });
    const ticket = await ticketAt(here, token);
    await root.revokeToken(tokenId);
    expect(await upgraded(here, ticket)).toBe(401);
  });

  it('give tickets that are good at the one who gave them while PostgreSQL is away', async () => {
    const { token } = await root.createToken({ name: 'away', role: 'viewer', workspaceId: 'acme' });
    await replicas.stores.toRows.become('refuse');
    try {
      const ticket = await ticketAt(here, token);
      expect(await upgraded(there, ticket)).toBe(401);
      expect(await upgraded(here, ticket)).toBe(101);
      expect(await upgraded(here, ticket)).toBe(401);
    } finally {
      await replicas.stores.heal();
    }
  });

  it('put out whom the other has put out, sockets included', async () => {
    const made = await root.createToken({ name: 'leaving', role: 'viewer', workspaceId: 'acme' });
    const socket = await RawLiveSocket.connect(there.url, { authorization: `Bearer ${made.token}` });
    await root.revokeToken(made.tokenId);
    await until('the socket to be closed', 10_000, () => socket.closed !== undefined);
    expect(socket.closed).toEqual({ code: 1008, reason: 'the token has ended' });
  });

  it('finish a log-in that the other has begun, know it at once, and end it together', async () => {
    const jar = new CookieJar();
    const held = await logIn(jar, here.url, 'jane', { stop: (url) => url.includes('/auth/callback') });
    const back = new URL(held.headers.location!);
    // As through one address: the name is that of the first one.
    const headers = { host: back.host };
    const finished = await jar.visit(`${there.url}${back.pathname}${back.search}`, { headers });
    expect(finished).toMatchObject({ status: 302, headers: { location: '/' } });
    for (const { url } of [here, there]) expect((await jar.visit(`${url}/v1/me`)).status).toBe(200);
    const own = { origin: there.url, cookie: jar.header(there.url) };
    const socket = await RawLiveSocket.connect(there.url, own);
    const left = await jar.visit(`${here.url}/auth/logout`, {
      method: 'POST',
      headers: { origin: here.url },
    });
    expect(left.status).toBe(200);
    await until('the socket to be closed', 10_000, () => socket.closed !== undefined);
    expect((await jar.visit(`${there.url}/v1/me`, { headers: { cookie: own.cookie } })).status).toBe(401);
  });

  // The last one: it ends a replica.
  it('tell a webhook of each event once, and the other goes on when the one that did is gone', async () => {
    const receiver = await WebhookReceiver.start();
    try {
      const [workspaceId, repoRemote] = ['hooked', 'https://git.example.com/acme/shop.git'];
      await root.createWebhook(workspaceId, { url: receiver.url, types: ['TaskCreated'] });
      const create = (replica: ServiceProcess) =>
        at(replica, rootToken).createTask({ task: 'fix: the door', repoRemote, workspaceId });
      for (const replica of [here, there, here, there]) await create(replica);
      await until('four messages', 30_000, () => receiver.messages.length === 4);
      expect(receiver.received.length).toBe(4);
      await here.kill();
      await create(there);
      await until('the fifth', 60_000, () => receiver.messages.length === 5);
    } finally {
      await receiver.stop();
    }
  }, 120_000);
});
