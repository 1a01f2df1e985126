import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SlipwayClient, TaskRecord } from '@slipway/client';
import { Replicas } from '../support/replicas.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 120_000;
const NEW = { task: 'fix it', repoRemote: 'https://git.example.com/acme/shop.git' };

const create = (client: SlipwayClient, workspaceId: string) => client.createTask({ ...NEW, workspaceId });
const isWaiting = ({ status, queue }: TaskRecord) =>
  status === 'init_enqueue_provision' && queue !== null && queue.for !== null;
const kill = (client: SlipwayClient, { taskId }: TaskRecord) =>
  client.killTask(taskId, { discardChanges: true });

describe('how much a workspace may have', () => {
  let service: ServiceProcess;
  let client: SlipwayClient;

  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_SIMULATED_LATENCY_MS: '20' });
    client = service.client;
  }, LIMIT_MS);
  afterAll(async () => {
    client?.close();
    await service?.dispose();
  }, LIMIT_MS);

  const waits = (task: TaskRecord) => service.waitForTask(task.taskId, isWaiting as never);
  const runs = (task: TaskRecord) => service.waitForStatus(task.taskId, 'running');

  it('is nothing that a newcomer notices', async () => {
    const nothing = {
      liveTasks: null,
      sessions: null,
      agentMinutesPerDay: null,
      createsPerMinute: null,
      promptsQueued: null,
      idleStopAfter: null,
      maxAge: null,
    };
    expect(await client.getWorkspace('default')).toEqual({
      workspaceId: 'default',
      limits: nothing,
      ownLimits: {},
    });
  });

  it(
    'lets tasks beyond it wait in the order of their creation, saying for what and where in the line',
    async () => {
      await client.limitWorkspace('full', { liveTasks: 2 });
      const tasks: TaskRecord[] = [];
      for (let count = 0; count < 6; count++) tasks.push(await create(client, 'full'));
      const [first, second, third, fourth, fifth, sixth] = tasks as [
        TaskRecord,
        TaskRecord,
        TaskRecord,
        TaskRecord,
        TaskRecord,
        TaskRecord,
      ];
      await runs(first);
      await runs(second);
      for (const [index, task] of [third, fourth, fifth, sixth].entries()) {
        const { statusMessage, queue } = await waits(task);
        expect(statusMessage).toBe(
          `Waiting for room: the workspace has its 2 live tasks; one has to be archived or killed (number ${index + 1} in line)`,
        );
        expect(queue).toMatchObject({ for: 'live_tasks', limit: 2, place: index + 1 });
      }
      const { items } = await client.listTasks({ workspaceId: 'full' });
      expect(items.map(({ queue }) => queue?.place ?? null)).toEqual([4, 3, 2, 1, null, null]);
      // Another workspace's task does not wait.
      await runs(await create(client, 'roomy'));

      await kill(client, fourth);
      await client.archiveTask(first.taskId);
      await runs(third);
      expect((await waits(fifth)).queue?.place).toBe(1);
      // Who comes back waits behind those who wait.
      await client.resumeTask(first.taskId);
      expect((await waits(first)).queue?.place).toBe(3);
      expect(await client.retryTask(fifth.taskId)).toMatchObject({ status: 'init_enqueue_provision' });
      await kill(client, second);
      await runs(fifth);
      expect((await service.client.getTask(sixth.taskId)).status).toBe('init_enqueue_provision');

      await client.limitWorkspace('full', { liveTasks: null });
      await runs(sixth);
      await runs(first);
      const history = await client.getHistory(sixth.taskId);
      const types = history.items.map(({ type }) => type);
      expect(types.slice(0, 4)).toEqual(['TaskCreated', 'TaskQueued', 'TaskQueued', 'RetryRequested']);
      expect(types).toContain('SessionCreated');
    },
    LIMIT_MS,
  );

  it(
    'keeps the line over kill -9, and goes on with it',
    async () => {
      await client.limitWorkspace('killed', { liveTasks: 1 });
      const tasks: TaskRecord[] = [];
      for (let count = 0; count < 4; count++) tasks.push(await create(client, 'killed'));
      await runs(tasks[0]!);
      await service.kill();
      await service.start();
      client = service.client;
      for (const [index, task] of tasks.entries()) {
        if (index === 0) continue;
        expect((await waits(task)).queue?.place).toBe(1);
        await kill(client, tasks[index - 1]!);
        await service.kill();
        await service.start();
        client = service.client;
        await runs(task);
      }
    },
    LIMIT_MS,
  );

  it('counts sessions: a task waits for room for its own, and a further one is refused', async () => {
    await client.limitWorkspace('talk', { sessions: 2 });
    const task = await create(client, 'talk');
    await runs(task);
    // Many at once are no more than one after the other.
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, () => client.requestSession(task.taskId, { prompt: 'and the tests' })),
    );
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const refused of asked.filter((each) => each.status === 'rejected'))
      expect(refused.reason).toMatchObject({ status: 429, code: 'workspace_full' });
    const late = await create(client, 'talk');
    expect((await waits(late)).queue).toMatchObject({ for: 'sessions', limit: 2, place: 1 });
    await kill(client, task);
    await runs(late);
  });

  it('refuses creates beyond the rate, and says when to come again; others are not refused', async () => {
    await client.limitWorkspace('fast', { createsPerMinute: 3 });
    const answers = [];
    for (let count = 0; count < 4; count++)
      answers.push(await service.post('/v1/tasks', { ...NEW, workspaceId: 'fast' }));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 429]);
    expect(answers[3]!.body).toMatchObject({ code: 'too_many_creates', status: 429 });
    const after = Number(answers[3]!.headers.get('retry-after'));
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThanOrEqual(60);
    expect((await service.post('/v1/tasks', { ...NEW, workspaceId: 'slow' })).status).toBe(201);
  });

  it('refuses what is no limit, and changes nothing then', async () => {
    for (const liveTasks of [-1, 1.5, '3', 1e10, true])
      await expect(client.limitWorkspace('odd', { liveTasks } as never)).rejects.toMatchObject({
        status: 400,
        code: 'invalid_request',
      });
    await expect(client.limitWorkspace('odd', { tasks: 3 } as never)).rejects.toMatchObject({ status: 400 });
    expect((await client.getWorkspace('odd')).ownLimits).toEqual({});
  });

  it('holds no more agents when their minutes are used up, and tells what was used', async () => {
    await client.limitWorkspace('worn', { agentMinutesPerDay: 0 });
    const task = await create(client, 'worn');
    expect((await waits(task)).queue).toMatchObject({ for: 'agent_minutes', limit: 0 });
    await client.limitWorkspace('worn', { agentMinutesPerDay: 60, promptsQueued: 0 });
    const { sessions } = (await runs(task)) as TaskRecord;
    await until('the first turn to be counted', 20_000, async () => {
      const { days } = await client.getUsage('worn');
      return days[0]!.turns === 1;
    });
    const used = await client.getUsage('worn', { days: 2 });
    expect(used).toMatchObject({
      now: { liveTasks: 1, waitingTasks: 0, sessions: 1 },
      limits: { agentMinutesPerDay: 60 },
      days: [
        { tasksCreated: 1, sessions: 1, prompts: 1, turns: 1 },
        { tasksCreated: 0, sessions: 0, prompts: 0, turns: 0 },
      ],
    });
    await expect(
      client.queuePrompt(task.taskId, sessions[0]!.sessionId, 'and the tests'),
    ).rejects.toMatchObject({ status: 429, code: 'workspace_full' });
  });
});

describe('the limit of a workspace at two replicas', () => {
  let replicas: Replicas;
  beforeAll(async () => {
    replicas = await Replicas.prepare({ SLIPWAY_SIMULATED_LATENCY_MS: '20', SLIPWAY_LIMIT_LIVE_TASKS: '3' });
    await replicas.add();
    await replicas.add();
  }, LIMIT_MS);
  afterAll(() => replicas?.stop(), LIMIT_MS);

  it(
    'is never exceeded, while replicas die and tasks come and go, and everybody has their turn',
    async () => {
      const [first, second] = replicas.all as [ServiceProcess, ServiceProcess];
      const left = new Set(await replicas.create(12));
      let killed = false;
      await until('all of them to have run', 90_000, async () => {
        const { items } = await first.client.listTasks({ limit: 100 });
        const live = items.filter(
          ({ status }) => !['init_enqueue_provision', 'archived', 'killed'].includes(status),
        );
        expect(live.length).toBeLessThanOrEqual(3);
        for (const task of live.filter(({ status }) => status === 'running')) {
          await kill(first.client, task as TaskRecord);
          left.delete(task.taskId);
        }
        if (left.size < 6 && !killed) {
          killed = true;
          await second.kill();
          await second.start();
        }
        return left.size === 0;
      });
    },
    LIMIT_MS,
  );
});
