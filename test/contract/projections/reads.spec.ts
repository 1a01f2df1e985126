import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { TaskStreams } from '../../../src/store/aggregate-streams.js';
import { toTaskRecord, type TaskRecord } from '../../../src/events/task/task-record.js';
import type { TaskStatus } from '../../../src/events/task/vocabulary.js';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { append, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { AT, HISTORIES, NOW, sessionRequested } from '../../support/task-history.js';

interface Page<T> {
  items: T[];
  next: string | null;
}
interface HistoryItem {
  position: string;
  revision: number;
  type: string;
  time: string;
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

describe('reads', () => {
  let rows: RowsServer;
  let app: ProjectionsApp;
  const store = new InMemoryEventStore();
  const add = async (
    status: TaskStatus,
    over: { workspaceId?: string; projectId?: string; task?: string } = {},
  ): Promise<{ taskId: string; position: bigint }> => {
    const taskId = randomUUID();
    const { position } = await append(store, taskId, asTask(HISTORIES[status], taskId, over));
    return { taskId, position };
  };
  const list = async (query: string): Promise<string[]> =>
    (await app.get<Page<TaskRecord>>(`/v1/tasks?${query}`)).body.items.map(({ taskId }) => taskId);

  beforeAll(async () => {
    rows = await RowsServer.start();
    app = await ProjectionsApp.start(await rows.createDatabase(), store);
    await app.becomes('active');
  });
  afterAll(async () => {
    await app.stop();
    await store.close();
    await rows.stop();
  });

  it('show a task in the moment of its creation, before there is a row', async () => {
    for (let number = 0; number < 20; number++) {
      const { taskId } = await add('init_enqueue_provision');
      expect(await app.get(`/v1/tasks/${taskId}`)).toMatchObject({ status: 200, body: { taskId } });
      const history = await app.get<Page<HistoryItem>>(`/v1/tasks/${taskId}/history`);
      expect(history.body.items.map(({ type }) => type)).toEqual(['TaskCreated']);
    }
  });

  it('list newest first, page by page, without a gap though tasks come in between', async () => {
    const added: string[] = [];
    for (let number = 0; number < 25; number++)
      added.push((await add('running', { workspaceId: 'paged' })).taskId);
    const { position } = await add('running', { workspaceId: 'paged' });
    const seen: string[] = [];
    let path = `/v1/tasks?workspaceId=paged&limit=10&minPosition=${position}`;
    for (let pages = 0; pages < 3; pages++) {
      const { body } = await app.get<Page<TaskRecord>>(path);
      seen.push(...body.items.map(({ taskId }) => taskId));
      expect(body.next === null).toBe(pages === 2);
      path = `/v1/tasks?workspaceId=paged&limit=10&cursor=${body.next}`;
      await app.isAt((await add('running', { workspaceId: 'paged' })).position);
    }
    expect(seen.slice(1)).toEqual(added.reverse());
  });

  it('filter by workspace, project, status and text', async () => {
    const workspaceId = 'filtered';
    const running = await add('running', { workspaceId, projectId: 'p-1', task: 'make 100% of it_work' });
    const failed = await add('error', { workspaceId, projectId: 'p-2' });
    const killed = await add('killed', { workspaceId, projectId: 'p-2', task: 'make 1000 of it work' });
    await app.isAt(killed.position);
    const of = (query: string) => list(`workspaceId=${workspaceId}&${query}`);
    expect(await of('')).toEqual([killed.taskId, failed.taskId, running.taskId]);
    expect(await of('projectId=p-2')).toEqual([killed.taskId, failed.taskId]);
    expect(await of('status=running')).toEqual([running.taskId]);
    expect(await of('status=running,error')).toEqual([failed.taskId, running.taskId]);
    expect(await of('status=running&status=killed')).toEqual([killed.taskId, running.taskId]);
    expect(await of('projectId=p-2&status=running')).toEqual([]);
    expect(await of(`q=${encodeURIComponent('100% of IT_')}`)).toEqual([running.taskId]);
    expect(await of('q=acme%2Fshop')).toHaveLength(3);
    expect(await of(`q=${encodeURIComponent("'; DROP TABLE tasks; --")}`)).toEqual([]);
    expect(await list('workspaceId=elsewhere')).toEqual([]);
  });

  it('show what a task was at any position and at any time', async () => {
    const taskId = randomUUID();
    const events = asTask([...HISTORIES.running, sessionRequested()], taskId);
    const last = events.at(-1)!;
    events[events.length - 1] = { ...last, data: { ...last.data, at: NOW } } as typeof last;
    for (const [index, event] of events.entries()) await append(store, taskId, [event], BigInt(index) - 1n);
    const streams = store.log.filter(({ stream }) => stream === `task-${taskId}`);
    const at = async (when: string | bigint) => app.get<TaskRecord>(`/v1/tasks/${taskId}?at=${when}`);
    for (const [index, { position }] of streams.entries()) {
      const then = new InMemoryEventStore();
      await append(then, taskId, events.slice(0, index + 1));
      const record = toTaskRecord(await new TaskStreams(then).refresh(taskId))!;
      expect((await at(position)).body).toEqual({ ...record, position: String(position) });
      expect((await at(position + 1n)).body.position).toBe(String(position));
    }
    expect((await at(AT)).body).toMatchObject({ status: 'running', sessions: [{}] });
    expect((await at('2026-01-02T04:04:59.999+01:00'.replace('+', '%2B'))).body.sessions).toHaveLength(1);
    expect((await at(NOW)).body.sessions).toHaveLength(2);
    expect(await at(streams[0]!.position - 1n)).toMatchObject({
      status: 404,
      body: { code: 'task_not_found' },
    });
    expect(await at('2020-01-01')).toMatchObject({ status: 404 });
  });

  it('tell the history oldest first, page by page', async () => {
    const { taskId, position } = await add('killed');
    await app.isAt(position);
    const items: HistoryItem[] = [];
    for (let after: string | null = '0'; after !== null;) {
      const page: Page<HistoryItem> = (
        await app.get<Page<HistoryItem>>(`/v1/tasks/${taskId}/history?limit=4&after=${after}`)
      ).body;
      expect(page.items.length).toBeLessThanOrEqual(4);
      items.push(...page.items);
      after = page.next;
    }
    expect(items.map(({ type }) => type)).toEqual(HISTORIES.killed.map(({ type }) => type));
    expect(items.map(({ revision }) => revision)).toEqual(HISTORIES.killed.map((_, index) => index));
    expect(items[0]).toMatchObject({
      time: AT,
      data: { taskId },
      metadata: { actor: 'test', schemaVersion: 1, commandId: expect.any(String) },
    });
    expect(items.at(-1)!.position).toBe(String(position));
  });

  it('list the projects of a workspace with their tasks counted, and tell how long stages take', async () => {
    const workspaceId = 'projects';
    await add('running', { workspaceId, projectId: 'shop' });
    await add('error', { workspaceId, projectId: 'shop' });
    const { position } = await add('running', { workspaceId, projectId: 'blog' });
    const { body } = await app.get<Page<object>>(`/v1/projects?workspaceId=projects&minPosition=${position}`);
    expect(body).toEqual({
      items: [
        expect.objectContaining({ projectId: 'blog', workspaceId, taskCount: 1, createdAt: AT }),
        expect.objectContaining({ projectId: 'shop', taskCount: 2, repoRemote: expect.any(String) }),
      ],
      next: null,
    });
    const durations = await app.get<{ items: { stage: string; count: number; p50Ms: number }[] }>(
      '/v1/stage-durations?providerId=simulated',
    );
    expect(durations.body.items.map(({ stage }) => stage)).toEqual(
      expect.arrayContaining(['ensure_name', 'create_sandbox', 'ensure_agent', 'create_session']),
    );
    expect(durations.body.items[0]).toEqual(
      expect.objectContaining({ providerId: 'simulated', p50Ms: 0, p90Ms: 0, count: expect.any(Number) }),
    );
  });

  it('wait for the rows to be as far as asked for, but not for ever', async () => {
    const { taskId, position } = await add('running', { workspaceId: 'waiting' });
    expect(await list(`workspaceId=waiting&minPosition=${position}`)).toEqual([taskId]);
    expect(await app.get(`/v1/tasks/${taskId}?minPosition=${position}`)).toMatchObject({ status: 200 });
    const [tasks, task] = await Promise.all([
      app.get(`/v1/tasks?minPosition=${position * 1_000n}`),
      app.get(`/v1/tasks/${taskId}?minPosition=${position * 1_000n}`),
    ]);
    for (const { status, body, headers } of [tasks, task]) {
      expect({ status, body }).toMatchObject({ status: 503, body: { code: 'rows_behind' } });
      expect(headers.get('retry-after')).toBe('1');
    }
  });

  it.each([
    ['/v1/tasks?limit=0', 'limit'],
    ['/v1/tasks?limit=201', 'limit'],
    ['/v1/tasks?limit=ten', 'limit'],
    ['/v1/tasks?status=done', 'status'],
    ['/v1/tasks?cursor=abc', 'cursor'],
    ['/v1/tasks?minPosition=-1', 'minPosition'],
    ['/v1/tasks?minPosition=99999999999999999999', 'minPosition'],
    ['/v1/tasks?colour=red', 'colour'],
    ['/v1/tasks?workspaceId[]=a&workspaceId[]=b', 'workspaceId'],
    ['/v1/tasks/1234', 'taskId must be a UUID'],
    [`/v1/tasks/${randomUUID()}?at=yesterday`, 'at must be'],
    [`/v1/tasks/${randomUUID()}/history?after=x`, 'after'],
    ['/v1/projects?limit=1.5', 'limit'],
  ])('refuse %s and say why', async (path, says) => {
    const { status, body, headers } = await app.get(path);
    expect(status).toBe(400);
    expect(headers.get('content-type')).toMatch('application/problem+json');
    expect(JSON.stringify(body)).toContain(says);
  });

  it.each(['', '/history', '/sessions', '?at=100'])('answer 404 for /v1/tasks/<unknown>%s', async (rest) => {
    expect(await app.get(`/v1/tasks/${randomUUID()}${rest}`)).toMatchObject({
      status: 404,
      body: { code: 'task_not_found', detail: expect.any(String) },
    });
  });
});
