import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SlipwayClient, type NewTask } from '@slipway/client';
import { ServiceProcess } from '../../support/service-process.js';

const REMOTE = 'https://git.example.com/acme/shop.git';
const NOT_THERE = '00000000-0000-4000-8000-000000000000';

/** The published client, as it was built, against the real service. */
describe('the client', () => {
  let service: ServiceProcess;
  let client: SlipwayClient;

  beforeAll(async () => {
    service = await ServiceProcess.start({
      SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=fail:1',
      SLIPWAY_STAGE_CREATE_SANDBOX_ATTEMPTS: '1',
    });
    client = service.client;
  });
  afterAll(() => service.dispose());

  const newTask = (task: string, more: Partial<NewTask> = {}): NewTask => ({
    task,
    repoRemote: REMOTE,
    ...more,
  });
  const settled = (taskId: string, status: 'running' | 'error') => service.waitForStatus(taskId, status);

  it("creates one task for one key, however often it is asked, and says so when the key is another request's", async () => {
    const first = await client.createTask(newTask('once'), { idempotencyKey: 'k-1' });
    const again = await client.createTask(newTask('once'), { idempotencyKey: 'k-1' });
    expect(again.taskId).toBe(first.taskId);
    expect((await client.createTask(newTask('once'))).taskId).not.toBe(first.taskId);
    await expect(client.createTask(newTask('other'), { idempotencyKey: 'k-1' })).rejects.toMatchObject({
      name: 'SlipwayError',
      code: 'idempotency_key_reused',
      status: 422,
    });
    await expect(client.createTask(newTask('x'), { idempotencyKey: 'two words' })).rejects.toMatchObject({
      status: 400,
      fields: [{ field: 'Idempotency-Key' }],
    });
  });

  it('lists every task of a workspace once, newest first, over pages', async () => {
    const workspaceId = 'pages';
    const made: string[] = [];
    let last = '';
    for (let n = 0; n < 5; n++) {
      const { taskId, position } = await client.createTask(newTask(`number ${n}`, { workspaceId }));
      made.unshift(taskId);
      last = position;
    }
    const first = await client.listTasks({ workspaceId, limit: 2, minPosition: last });
    expect(first.items.map(({ taskId }) => taskId)).toEqual(made.slice(0, 2));
    const second = await client.listTasks({ workspaceId, limit: 2, cursor: first.next! });
    expect(second.items.map(({ taskId }) => taskId)).toEqual(made.slice(2, 4));
    const all: string[] = [];
    for await (const { taskId } of client.eachTask({ workspaceId, limit: 2 })) all.push(taskId);
    expect(all).toEqual(made);
    for (const taskId of made) await settled(taskId, 'error');
    expect((await client.listTasks({ workspaceId, status: ['running', 'archived'] })).items).toEqual([]);
    expect(
      (await client.listTasks({ workspaceId, status: ['running', 'error'], q: 'NUMBER 3' })).items,
    ).toMatchObject([{ taskId: made[1], task: 'number 3' }]);
    const counts = await client.countTasks({ workspaceId, status: ['error'], minPosition: last });
    expect(counts.total).toBe(counts.statuses.find(({ status }) => status === 'error')?.count ?? 0);
    expect(counts.agents).toEqual(
      [{ agentType: 'mock', count: counts.total }].filter(({ count }) => count > 0),
    );
    expect((await client.listTasks({ workspaceId, agentType: ['none', 'mock'] })).items).not.toEqual([]);
    expect((await client.listTasks({ workspaceId, agentType: ['none'] })).items).toEqual([]);
    const now = new Date().toISOString();
    expect((await client.listTasks({ workspaceId, createdFrom: now })).items).toEqual([]);
    expect((await client.listTasks({ workspaceId, createdUntil: now })).items).not.toEqual([]);
    for (const createdFrom of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z'])
      await client.countTasks({ workspaceId, createdFrom });
    await expect(
      client.countTasks({ workspaceId, createdFrom: '2026-02-30T00:00:00Z' }),
    ).rejects.toMatchObject({
      status: 400,
      fields: [{ field: 'createdFrom' }],
    });
    const spaces: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await client.listWorkspaces({ limit: 1, cursor });
      spaces.push(...page.items.map((each) => each.workspaceId));
      cursor = page.next;
    }
    expect(spaces).toContain(workspaceId);
    expect(new Set(spaces).size).toBe(spaces.length);
    await expect(client.listTasks({ cursor: 'no' })).rejects.toMatchObject({
      code: 'invalid_cursor',
      status: 400,
    });
  });

  it('shows a task as it is and as it was, with its history, sessions and transcript', async () => {
    const created = await client.createTask(newTask('to be shown', { workspaceId: 'shown' }));
    await settled(created.taskId, 'error');
    const now = await client.getTask(created.taskId);
    expect(now.error).toMatchObject({ stage: 'create_sandbox', code: 'simulated_failure' });
    expect(await client.getTask(created.taskId, { at: created.position })).toEqual(created);

    const { items, next } = await client.getHistory(created.taskId, { limit: 2, minPosition: now.position });
    expect(items.map(({ revision }) => revision)).toEqual([0, 1]);
    const rest = await client.getHistory(created.taskId, { after: next! });
    expect(rest.items[0]).toMatchObject({ revision: 2 });
    expect(rest.items.at(-1)).toMatchObject({ position: now.position });

    expect((await client.listSessions(created.taskId)).items).toEqual(now.sessions);
    const transcript = await client.getTranscript(created.taskId, created.sessionId);
    expect(transcript).toEqual({ messages: [], state: 'unknown' });
    const projects = await client.listProjects({ workspaceId: 'shown' });
    expect(projects.items).toMatchObject([{ projectId: created.projectId, taskCount: 1 }]);
    expect((await client.getStageDurations({ providerId: 'simulated' })).items.length).toBeGreaterThan(0);
  });

  it('retries, asks for a session once, archives and kills; what is not possible is an error with its code', async () => {
    const { taskId } = await client.createTask(newTask('a whole life'));
    await settled(taskId, 'error');
    await client.retryTask(taskId);
    await settled(taskId, 'running');
    await expect(client.retryTask(taskId)).rejects.toMatchObject({ code: 'not_retryable', status: 409 });

    const session = await client.requestSession(taskId, { prompt: 'and then?' }, { idempotencyKey: 's-1' });
    const same = await client.requestSession(taskId, { prompt: 'and then?' }, { idempotencyKey: 's-1' });
    expect(same.sessionId).toBe(session.sessionId);
    expect((await client.getTask(taskId)).sessions).toHaveLength(2);

    expect((await client.archiveTask(taskId)).status).toBe('archiving');
    await service.waitForStatus(taskId, 'archived');
    expect((await client.killTask(taskId, { keepBranch: true })).status).toBe('killing');
    await service.waitForStatus(taskId, 'killed');
    await expect(client.archiveTask(taskId)).rejects.toMatchObject({
      status: 409,
      detail: expect.stringMatching(/\w{3}/),
    });
  });

  it('gives every refusal as an error that says what to change', async () => {
    await expect(client.getTask(NOT_THERE)).rejects.toMatchObject({ code: 'task_not_found', status: 404 });
    await expect(client.killTask('cart')).rejects.toMatchObject({ code: 'invalid_id', status: 400 });
    const wrong = client.createTask({ task: 'x', repoRemote: 'ftp://example.com/a.git' });
    await expect(wrong).rejects.toMatchObject({
      code: 'invalid_request',
      status: 400,
      fields: expect.arrayContaining([{ field: 'repoRemote', message: expect.stringContaining('ftp') }]),
    });
    const abort = new AbortController();
    const waiting = client.listTasks({ minPosition: '9000000000000000000' }, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('says that the service is not there, with a number to ask again after where it is not ready', async () => {
    const behind = client.listTasks({ minPosition: '9000000000000000000' });
    await expect(behind).rejects.toMatchObject({
      code: 'rows_behind',
      status: 503,
      retryAfterMs: expect.any(Number),
    });
    await service.stop();
    await expect(client.listTasks()).rejects.toMatchObject({ code: 'unreachable', status: 0 });
    await service.start();
    expect((await service.client.listTasks()).items.length).toBeGreaterThan(0);
  });
});
