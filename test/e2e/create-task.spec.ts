import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { ServiceProcess } from '../support/service-process.js';

const REMOTE = 'https://git.example.com/acme/shop.git';

interface History {
  items: { position: string; revision: number; type: string; time: string; data: Record<string, unknown> }[];
  next: string | null;
}

describe('creating a task', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await ServiceProcess.start();
  });
  afterAll(() => service.dispose());

  it('answers 201 with the record and walks by itself to running', async () => {
    const { status, headers, body } = await service.post('/v1/tasks', {
      task: 'fix: the login',
      repoRemote: REMOTE,
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/tasks/${body.taskId}`);
    expect(body).toMatchObject({
      status: 'init_enqueue_provision',
      workspaceId: 'default',
      providerId: 'simulated',
      agentType: 'mock',
      repoRemote: REMOTE,
      sessions: [{ sessionId: body.sessionId, state: 'pending_provision' }],
    });

    const running = await service.waitForStatus(body.taskId, 'running');
    expect(running).toMatchObject({ branchName: 'fix-the-login', title: 'fix: the login', error: null });
    expect(running.sandboxId).not.toBeNull();
    expect(running.sessions).toEqual([
      expect.objectContaining({ sessionId: body.sessionId, state: 'ready' }),
    ]);
  });

  it('records every stage, each intent before its outcome', async () => {
    const { body } = await service.post('/v1/tasks', { task: 'history', repoRemote: REMOTE });
    const running = await service.waitForStatus(body.taskId, 'running');
    const history = await service.get<History>(
      `/v1/tasks/${body.taskId}/history?minPosition=${running.position}`,
    );
    const told = history.body.items.map(({ type, data }) =>
      data.stage ? `${type} ${data.stage as string}` : type,
    );
    expect(told).toEqual([
      'TaskCreated',
      'StageStarted ensure_name',
      'TaskNamed',
      'StageStarted create_sandbox',
      'SandboxCreated',
      'StageStarted ensure_agent',
      'AgentStarted',
      'StageStarted create_session',
      'SessionCreated',
    ]);
    expect(history.body.items.at(-1)!.position).toBe(running.position);
  });

  it('can be read in the very millisecond of its creation', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { body } = await service.post('/v1/tasks', { task: 'at once', repoRemote: REMOTE });
        return (await service.get(`/v1/tasks/${body.taskId}`)).status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('gives tasks of the same wish different branches', async () => {
    const create = () => service.post('/v1/tasks', { task: 'add a cart', repoRemote: REMOTE });
    const created = await Promise.all([create(), create(), create()]);
    const branches = await Promise.all(
      created.map(async ({ body }) => (await service.waitForStatus(body.taskId, 'running')).branchName),
    );
    expect(new Set(branches)).toEqual(new Set(['feat-add-a-cart', 'feat-add-a-cart-2', 'feat-add-a-cart-3']));
  });

  it('is the same task for the same Idempotency-Key, and refuses the key for another request', async () => {
    const request = { task: 'only once', repoRemote: REMOTE };
    const key = { 'idempotency-key': 'key-1' };
    const answers = await Promise.all([1, 2, 3].map(() => service.post('/v1/tasks', request, key)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.taskId)).size).toBe(1);
    const other = await service.post<{ detail: string }>('/v1/tasks', { ...request, task: 'another' }, key);
    expect(other.status).toBe(422);
    expect(other.body.detail).toMatch(/Idempotency-Key was used for another request/);
  });

  it.each<[string, unknown, RegExp]>([
    ['no remote', { task: 'x' }, /repoRemote/],
    [
      'a remote with credentials',
      { task: 'x', repoRemote: 'https://me:secret@git.example.com/a/b' },
      /credential|user/i,
    ],
    [
      'an option as a branch',
      { task: 'x', repoRemote: REMOTE, branchName: '--upload-pack=touch /tmp/x' },
      /branch/i,
    ],
    ['a remote helper', { task: 'x', repoRemote: 'ext::sh -c touch% /tmp/x' }, /remote/i],
    ['a path outside of the allowed roots', { task: 'x', repoRemote: '/etc' }, /disk|root|folder/i],
    ['an unknown provider', { task: 'x', repoRemote: REMOTE, providerId: 'nowhere' }, /simulated/],
    ['an unknown field', { task: 'x', repoRemote: REMOTE, branch: 'typo' }, /branch/],
    ['no prompt', { task: ' ', repoRemote: REMOTE }, /task/],
    ['half a surrogate pair', '{"task":"\\ud800","repoRemote":"https://git.example.com/a/b"}', /task/],
    ['what is not JSON', '{', /JSON|Expected/],
  ])('refuses %s with a problem that says what to change, and stores nothing', async (_, body, message) => {
    const before = await service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200');
    const { status, headers, body: problem } = await service.post<{ detail: string }>('/v1/tasks', body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(problem.detail).toMatch(message);
    const after = await service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200');
    expect(after.body.items.length).toBe(before.body.items.length);
  });

  it('refuses a body of 10 MB', async () => {
    const { status, headers } = await service.post('/v1/tasks', {
      task: 'x'.repeat(10_000_000),
      repoRemote: REMOTE,
    });
    expect(status).toBe(413);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});

describe('with a provider that hangs for ever', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await ServiceProcess.start({
      SLIPWAY_SIMULATED_FAILURES: 'ensure_name=hang, create_sandbox=hang',
    });
  });
  afterAll(() => service.dispose());

  it('creates tasks as before: the answer comes before any provider is called', async () => {
    const { status, body } = await service.post('/v1/tasks', { task: 'never mind', repoRemote: REMOTE });
    expect(status).toBe(201);
    // Nothing of the provider can be in an answer that was made before it was called.
    expect(body.status).toBe('init_enqueue_provision');
    expect(BigInt(body.position)).toBeGreaterThan(0n);
    await service.waitForStatus(body.taskId, 'init_ensure_name');
    const more = await Promise.all(
      Array.from({ length: 100 }, () => service.post('/v1/tasks', { task: 'more', repoRemote: REMOTE })),
    );
    expect(more.every((answer) => answer.status === 201)).toBe(true);
  });
});
