import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import type { CreatedToken, Role, TaskRecord } from '@slipway/client';
import { SlipwayClient, type SlipwayError } from '@slipway/client';
import type { Action } from '../../src/access/permissions.js';
import { RawLiveSocket } from '../support/raw-live-socket.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly need?: { readonly action: Action; readonly scope: string };
}

/** Which roles of a workspace may what, in words of their own: the service's table is compared with it, route by route. */
const ALLOWED: Record<Action, readonly Role[]> = {
  read: ['viewer', 'member', 'maintainer', 'admin'],
  work: ['member', 'maintainer', 'admin'],
  finish: ['maintainer', 'admin'],
  manage: ['maintainer', 'admin'],
  erase: ['admin'],
  operate: [],
};
const ROLES = ['viewer', 'member', 'maintainer', 'admin'] as const;
const NEW_TASK = { task: 'fix it', repoRemote: 'https://git.example.com/acme/shop.git' };

describe('who gets in, and what they may do', () => {
  let service: ServiceProcess;
  let root: SlipwayClient;
  let rootToken: string;
  let routes: Route[];
  let task: TaskRecord;
  let victim: CreatedToken;
  const of = {} as Record<Role | 'other', CreatedToken>;
  const client = (token: string) => new SlipwayClient({ url: service.url, token });

  beforeAll(async () => {
    service = await ServiceProcess.start({
      SLIPWAY_AUTH: 'tokens',
      LOG_LEVEL: 'trace',
      SLIPWAY_CLIENT_SOCKETS: '10',
      SLIPWAY_CLIENT_TOPICS: '12',
    });
    const made = await runCli(['tokens', 'bootstrap'], { SLIPWAY_DATA_DIR: service.dataDir });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    rootToken = made.stdout.trim();
    root = client(rootToken);
    await until('the first token to be known', 10_000, () =>
      root.getCaller().then(
        ({ role, workspaceId }) => role === 'admin' && workspaceId === '*',
        () => false,
      ),
    );
    for (const role of ROLES) of[role] = await root.createToken({ name: role, role, workspaceId: 'acme' });
    of.other = await root.createToken({ name: 'other', role: 'admin', workspaceId: 'other' });
    victim = await root.createToken({ name: 'victim', role: 'viewer', workspaceId: 'acme' });
    task = await root.createTask({ ...NEW_TASK, workspaceId: 'acme' });
    await until(
      'the task to run',
      30_000,
      async () => (await root.getTask(task.taskId)).status === 'running',
    );
    const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, Record<string, unknown>>>;
    };
    routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        need: operation['x-slipway-needs'] as Route['need'],
      })),
    );
  });
  afterAll(async () => {
    root?.close();
    await service?.dispose();
  });

  const ids = (): Record<string, string> => ({
    taskId: task.taskId,
    sessionId: task.sessions[0]!.sessionId,
    projectId: task.projectId,
    tokenId: victim.tokenId,
    promptId: randomUUID(),
    loginId: randomUUID(),
    webhookId: randomUUID(),
    permissionId: randomUUID(),
    workspaceId: 'acme',
    host: 'git.example.com',
  });
  /** A request for something of the workspace acme. */
  const ask = async ({ method, path, need }: Route, token?: string) => {
    const address = path.replace(/\{([^}]+)\}/g, (_, name: string) => ids()[name] ?? `no-value-for-${name}`);
    expect(address).not.toContain('no-value-for');
    const isBare = need?.scope === 'workspace' && !path.includes('{workspaceId}');
    const query = isBare && method === 'GET' ? '?workspaceId=acme' : '';
    const body = isBare && method !== 'GET' ? JSON.stringify({ workspaceId: 'acme' }) : undefined;
    const answer = await fetch(`${service.url}${address}${query}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body,
    });
    const text = await answer.text();
    const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
    const code = isProblem ? (JSON.parse(text) as { code: string }).code : null;
    return { status: answer.status, code, text, told: `${method} ${address}` };
  };

  it('refuses a workspace that is named twice, in the address and in the body', async () => {
    const post = (path: string, body: object) =>
      fetch(`${service.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${of.admin.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const there = { workspaceId: 'other' };
    for (const [path, body] of [
      ['/v1/tasks?workspaceId=acme', { ...NEW_TASK, ...there }],
      ['/v1/tokens?workspaceId=acme', { name: 'stray', role: 'viewer', ...there }],
      ['/v1/tokens?workspaceId=acme', { name: 'stray', role: 'viewer', workspaceId: '*' }],
    ] as const)
      expect([path, body, (await post(path, body)).status]).toEqual([path, body, 400]);
    expect((await root.listTasks({ workspaceId: 'other' })).items).toEqual([]);
  });

  it("keeps a maintainer of all workspaces from an admin's tokens, and from being one", async () => {
    const everywhere = await root.createToken({ name: 'all', role: 'maintainer', workspaceId: '*' });
    const boss = await root.createToken({ name: 'boss', role: 'admin', workspaceId: '*' });
    const maintainer = client(everywhere.token);
    try {
      for (const workspaceId of ['*', 'acme', 'default', 'new'])
        await expect(
          maintainer.createToken({ name: 'more', role: 'admin', workspaceId }),
        ).rejects.toMatchObject({
          status: 403,
          code: 'not_permitted',
        });
      for (const { tokenId } of [boss, of.admin, of.other])
        await expect(maintainer.revokeToken(tokenId)).rejects.toMatchObject({
          status: 403,
          code: 'not_permitted',
        });
      for (const token of [boss, of.admin, of.other]) await client(token.token).getCaller();
      const own = await maintainer.createToken({ name: 'own', role: 'maintainer', workspaceId: '*' });
      expect((await maintainer.revokeToken(own.tokenId)).revokedAt).not.toBeNull();
    } finally {
      maintainer.close();
    }
  });

  it('says of every route what it takes', () => {
    expect(routes.length).toBeGreaterThan(25);
    expect(
      routes.filter(({ need }) => need === undefined).map(({ method, path }) => `${method} ${path}`),
    ).toEqual([]);
  });

  it('answers nobody, on no route, also with what looks like a token', async () => {
    const wrong = of.admin.token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const route of routes) {
      for (const token of [undefined, wrong, 'x']) {
        const { status, code, told } = await ask(route, token);
        expect({ told, status, code }).toEqual({ told, status: 401, code: 'not_authenticated' });
      }
    }
    for (const path of ['/metrics', '/v1/nothing', '/V1/tasks', '/METRICS'])
      expect([path, (await fetch(`${service.url}${path}`)).status]).toEqual([path, 401]);
    for (const path of ['/', '/health/live']) expect((await fetch(`${service.url}${path}`)).status).toBe(200);
  });

  it("has nothing of a workspace for another one's admin", async () => {
    for (const route of routes.filter(({ need }) => need!.scope !== 'nothing')) {
      const { status, code, told, text } = await ask(route, of.other.token);
      expect({ told, status }).toEqual({ told, status: 404 });
      expect(code).toMatch(/^(task|workspace|token)_not_found$/);
      expect(text).not.toContain('shop');
    }
    const there = client(of.other.token);
    expect((await there.listTasks()).items).toEqual([]);
    expect((await there.listProjects()).items).toEqual([]);
    expect((await there.countTasks()).total).toBe(0);
    expect((await there.listWorkspaces()).items).toEqual([{ workspaceId: 'other' }]);
    expect((await there.listTokens()).items.map(({ name }) => name)).toEqual(['other']);
  });

  it.each(ROLES)('lets a %s do what the table says, on every route', async (role) => {
    for (const route of routes) {
      const isAllowed = ALLOWED[route.need!.action].includes(role);
      const { status, code, told } = await ask(route, of[role].token);
      const isRefused = [401, 403].includes(status) || /^(task|workspace|token)_not_found$/.test(code ?? '');
      expect({ told, isRefused, status }).toEqual({ told, isRefused: !isAllowed, status });
      if (!isAllowed) expect({ told, status, code }).toEqual({ told, status: 403, code: 'not_permitted' });
    }
    const metrics = await fetch(`${service.url}/metrics`, {
      headers: { authorization: `Bearer ${of[role].token}` },
    });
    expect(metrics.status).toBe(403);
  });

  it('lets the admin of all workspaces read the metrics', async () => {
    const headers = { authorization: `Bearer ${rootToken}` };
    const metrics = await fetch(`${service.url}/metrics`, { headers });
    expect(metrics.status).toBe(200);
    // What was refused before is counted, and the log says to whom.
    for (const code of ['not_authenticated', 'not_permitted', 'task_not_found'])
      expect(await metrics.clone().text()).toMatch(new RegExp(`slipway_refused_total{code="${code}"} [1-9]`));
    expect(service.log).toContain(`"actor":"token:${of.viewer.tokenId}"`);
  });

  it('lets a member kill what is theirs and not what is not, and keeps who did what, from where', async () => {
    const member = client(of.member.token);
    const own = await member.createTask(NEW_TASK);
    expect(own.workspaceId).toBe('acme');
    const others = await root.createTask({ ...NEW_TASK, workspaceId: 'acme' });
    await expect(member.killTask(others.taskId)).rejects.toMatchObject({
      status: 403,
      code: 'not_permitted',
    });
    const { position: minPosition } = await member.killTask(own.taskId);
    const { items } = await member.getHistory(own.taskId, { minPosition });
    const metadata = {
      actor: `token:${of.member.tokenId}`,
      tokenId: of.member.tokenId,
      address: '127.0.0.1',
      workspaceId: 'acme',
    };
    for (const type of ['TaskCreated', 'KillRequested'])
      expect(items.find((item) => item.type === type)?.metadata).toMatchObject(metadata);
    expect((await root.getTask(others.taskId)).status).not.toBe('killed');
  });

  it('gives nobody more than they have', async () => {
    const maintainer = client(of.maintainer.token);
    for (const wish of [
      { name: 'x', role: 'admin', workspaceId: 'acme' },
      { name: 'x', role: 'viewer', workspaceId: '*' },
      { name: 'x', role: 'viewer', workspaceId: 'other' },
    ] as const)
      await expect(maintainer.createToken(wish)).rejects.toMatchObject({
        status: wish.workspaceId === 'acme' ? 403 : 404,
      });
    await expect(maintainer.revokeToken(of.admin.tokenId)).rejects.toMatchObject({ status: 403 });
    const { token, tokenId } = await root.createToken({ name: 'x', role: 'maintainer', workspaceId: '*' });
    const everywhere = client(token);
    const admin = { name: 'x', role: 'admin' } as const;
    for (const workspaceId of ['acme', '*'])
      await expect(everywhere.createToken({ ...admin, workspaceId })).rejects.toMatchObject({ status: 403 });
    const rootId = (await root.getCaller()).actor.replace('token:', '');
    for (const above of [of.admin.tokenId, rootId])
      await expect(everywhere.revokeToken(above)).rejects.toMatchObject({ status: 403 });
    await expect(everywhere.limitWorkspace('acme', { liveTasks: 1 })).rejects.toMatchObject({ status: 403 });
    expect(await everywhere.revokeToken(tokenId)).toMatchObject({ revokedAt: expect.any(String) });
    expect(await maintainer.createToken({ name: 'x', role: 'member' })).toMatchObject({
      workspaceId: 'acme',
    });
  });

  const upgraded = (address: string, headers: Record<string, string> = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${service.url.replace(/^http/, 'ws')}${address}`, { headers });
      socket.on('open', () => (socket.terminate(), resolve(101)));
      socket.on('unexpected-response', (_, answer) => (answer.resume(), resolve(answer.statusCode ?? 0)));
      socket.on('error', reject);
    });

  it('opens a terminal to who may prompt, and has none of another workspace', async () => {
    const refusal = (token: string) =>
      client(token)
        .openTerminal(
          task.taskId,
          { cols: 80, rows: 24 },
          { output: () => undefined, ended: () => undefined },
        )
        .then(
          () => 'opened',
          (error: SlipwayError) => error.code,
        );
    expect(await refusal(of.viewer.token)).toBe('not_permitted');
    expect(await refusal(of.other.token)).toBe('task_not_found');
    // As far as one gets where sandboxes are lines in a file.
    expect(await refusal(of.member.token)).toBe('no_terminals');
    expect(await upgraded(`/v1/tasks/${task.taskId}/terminal`)).toBe(401);
  });

  it('opens a port to who may prompt, and has none of another workspace', async () => {
    const handlers = { data: () => undefined, end: () => undefined, closed: () => undefined };
    const refusal = (token: string, taskId = task.taskId) =>
      client(token)
        .openPort(taskId, 80, handlers)
        .then(
          () => 'opened',
          (error: SlipwayError) => error.code,
        );
    expect(await refusal(of.viewer.token)).toBe('not_permitted');
    expect(await refusal(of.other.token)).toBe('task_not_found');
    // As far as one gets where sandboxes are lines in a file.
    expect(await refusal(of.member.token)).toBe('no_ports');
    expect(await upgraded(`/v1/tasks/${task.taskId}/ports/80`)).toBe(401);
  });

  it('opens the socket to who shows a token, or a ticket once', async () => {
    expect(await upgraded('/v1/live')).toBe(401);
    expect(await upgraded('/v1/live?ticket=none', { authorization: `Bearer ${rootToken}` })).toBe(401);
    expect(await upgraded(`/v1/live?token=${rootToken}`)).toBe(401);
    const given = await fetch(`${service.url}/v1/live/ticket`, {
      method: 'POST',
      headers: { authorization: `Bearer ${of.viewer.token}` },
    });
    const { ticket } = (await given.json()) as { ticket: string };
    expect(await upgraded(`/v1/live?ticket=${ticket}`)).toBe(101);
    expect(await upgraded(`/v1/live?ticket=${ticket}`)).toBe(401);
  });

  it('tells of a topic only those of its workspace, and answers in order', async () => {
    const session = `session:${task.sessions[0]!.sessionId}`;
    const topics = ['workspace:acme', `task:${task.taskId}`, session];
    const heard = async (token: string) => {
      const socket = await RawLiveSocket.connect(service.url, { authorization: `Bearer ${token}` });
      for (const topic of topics) socket.subscribe(topic);
      socket.subscribe('workspace:other');
      const answers = () => socket.frames.filter(({ event }) => ['subscribed', 'error'].includes(event));
      await until('four answers', 10_000, () => answers().length === 4);
      socket.socket.terminate();
      return answers().map(({ event, data }) => data.topic ?? `${event}: ${data.code}`);
    };
    const no = 'error: unknown_topic';
    for (const role of ROLES) expect(await heard(of[role].token)).toEqual([...topics, no]);
    expect(await heard(of.other.token)).toEqual([no, no, no, 'workspace:other']);
    expect(await heard(rootToken)).toEqual([...topics, 'workspace:other']);
  });

  it('puts out who has lost their token, and lets them in no more', async () => {
    const leaving = await root.createToken({ name: 'leaving', role: 'viewer', workspaceId: 'acme' });
    const socket = await RawLiveSocket.connect(service.url, { authorization: `Bearer ${leaving.token}` });
    await root.revokeToken(leaving.tokenId);
    await expect(client(leaving.token).getCaller()).rejects.toMatchObject({ status: 401 });
    await until('the socket to be closed', 10_000, () => socket.closed !== undefined);
    expect(socket.closed).toEqual({ code: 1008, reason: 'the token has ended' });
    expect((await root.listTokens()).items.find(({ name }) => name === 'leaving')?.revokedAt).not.toBeNull();
  });

  it('lets one client have so many sockets, and follow so many topics with all of them', async () => {
    const { token, tokenId } = await root.createToken({ name: 'many', role: 'viewer', workspaceId: 'acme' });
    const connect = () => RawLiveSocket.connect(service.url, { authorization: `Bearer ${token}` });
    const all = await Promise.all(Array.from({ length: 10 }, connect));
    const beyond = await connect();
    await until('the eleventh to be closed', 10_000, () => beyond.closed !== undefined);
    expect(beyond.closed).toEqual({ code: 1013, reason: expect.stringContaining('at most 10 sockets') });
    const [one, other] = all;
    const follow = async (socket: RawLiveSocket, count: number) => {
      const topics = Array.from({ length: count }, () => `task:${task.taskId}`);
      // Every one anew: what is followed twice counts once.
      for (const topic of [...topics, 'workspace:acme']) socket.subscribe(topic);
      await until('the answers', 10_000, () => answersOf(socket).length === count + 1);
    };
    const answersOf = (socket: RawLiveSocket) =>
      socket.frames.filter(({ event }) => ['subscribed', 'error'].includes(event));
    // Two topics a socket, so six of them have the twelve.
    for (const socket of all.slice(0, 6)) await follow(socket, 3);
    const last = all[6]!;
    last.subscribe('workspace:acme');
    const { data } = await last.frame(({ event }) => event === 'error');
    expect(data).toMatchObject({
      code: 'too_many_subscriptions',
      message: expect.stringContaining('at most 12'),
    });
    one!.close();
    await until('its place to be free', 10_000, async () => {
      const again = last.frames.length;
      last.subscribe('workspace:acme');
      await until('an answer', 10_000, () => last.frames.length > again);
      return last.frames.at(-1)!.event !== 'error';
    });
    expect(other!.closed).toBeUndefined();
    for (const socket of all) socket.close();
    const entries = () => root.readAudit({ tokenId, refused: true });
    await until('the refusal to be told', 70_000, async () =>
      (await entries()).items.some(({ refusal }) => refusal?.code === 'too_many_sockets'),
    );
  }, 120_000);

  it('follows a task with a token through the client, and from the command line', async () => {
    const viewer = client(of.viewer.token);
    for await (const record of viewer.watchTask(task.taskId)) {
      expect(record.taskId).toBe(task.taskId);
      break;
    }
    viewer.close();
    const env = { SLIPWAY_DATA_DIR: service.dataDir };
    const without = await runCli(['tasks', 'list', '--workspace', 'acme'], env);
    expect(without).toMatchObject({ code: 4, stderr: expect.stringContaining('Send a token') });
    const listed = await runCli(['tokens', 'list', '--workspace', 'acme'], {
      ...env,
      SLIPWAY_TOKEN: rootToken,
    });
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('maintainer') });
  });

  it('throttles what is no token, by address, and lets one that holds in all the same', async () => {
    const asked = (authorization: string) =>
      fetch(`${service.url}/v1/me`, { headers: { authorization } }).then((answer) => {
        void answer.body?.cancel();
        return answer;
      });
    const answers = [];
    for (let round = 0; round < 8; round++)
      answers.push(...(await Promise.all(Array.from({ length: 50 }, () => asked('Bearer x')))));
    const refused = answers.find(({ status }) => status === 429);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
    expect(Number(refused!.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await upgraded('/v1/live', { authorization: 'Bearer x' })).toBe(429);
    expect((await asked(`Bearer ${rootToken}`)).status).toBe(200);
    expect(await upgraded('/v1/live', { authorization: `Bearer ${rootToken}` })).toBe(101);
  });

  it('tells no secret: not in the log at its loudest, not in what is stored', async () => {
    const secrets = [rootToken, ...Object.values(of).map(({ token }) => token)].map((text) =>
      text.slice(-43),
    );
    const stored = await runCli(['events', 'export'], { SLIPWAY_DATA_DIR: service.dataDir });
    expect(stored.stdout).toContain('TokenCreated');
    for (const secret of secrets) {
      expect(service.log).not.toContain(secret);
      expect(stored.stdout).not.toContain(secret);
    }
  });
});
