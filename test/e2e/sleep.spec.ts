import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 60_000;
jest.setTimeout(4 * LIMIT_MS);

interface Entry {
  type: string;
  data: { summary?: { activity: string }; deadline?: string; sleep?: { for: string; deadline: string } };
}

describe('a sandbox that stops by itself', () => {
  let service: ServiceProcess;
  const repoRemote = 'https://git.example.com/acme/shop.git';

  beforeAll(async () => {
    service = await ServiceProcess.start();
  });
  afterAll(async () => {
    await service.dispose();
  });

  const create = async (task: string, limits: { idleStopAfter?: number; maxAge?: number }) =>
    (await service.post('/v1/tasks', { task, repoRemote, ...limits })).body;
  const sleeping = ({ taskId }: TaskRecord) => service.waitForStatus(taskId, 'sleeping', LIMIT_MS);
  const history = async ({ taskId }: TaskRecord) =>
    (await service.get<{ items: Entry[] }>(`/v1/tasks/${taskId}/history?limit=200`)).body.items;
  const slipway = async (...args: string[]) =>
    (await runCli(args, { SLIPWAY_DATA_DIR: service.dataDir })).stdout;
  const ask = async ({ taskId, sessionId }: TaskRecord, text: string) => {
    const { promptId } = await service.client.queuePrompt(taskId, sessionId, text);
    await until(`the end of "${text}"`, LIMIT_MS, async () => {
      const { items } = await service.client.listPrompts(taskId, sessionId);
      return items.some((each) => each.promptId === promptId && each.state === 'done');
    });
  };

  it('is warned of, stops when nothing happens, and is woken by the next prompt', async () => {
    const task = await create('!say hello', { idleStopAfter: 4 });
    const warned = await service.waitForTask(task.taskId, ({ sleep }) => sleep!.warned, LIMIT_MS);
    expect(warned.sleep).toMatchObject({ for: 'idle', idleStopAfter: 4, maxAge: null });
    const asleep = await sleeping(task);
    expect(asleep).toMatchObject({
      sleep: { for: 'idle', warned: true },
      activity: 'ended',
      needsYou: false,
    });
    expect(asleep.statusMessage).toContain('nothing happened for 4 s: the next prompt wakes it');
    const entries = await history(task);
    const { deadline } = entries.find(({ type }) => type === 'SleepWarned')!.data;
    const stop = entries.find(({ type }) => type === 'ArchiveRequested')!;
    expect(stop.data.sleep).toEqual({ for: 'idle', deadline });

    const { items } = await service.client.listTasks({ status: ['sleeping'], minPosition: asleep.position });
    expect(items.map(({ taskId }) => taskId)).toEqual([task.taskId]);
    expect(await slipway('tasks', 'list', '--status', 'sleeping')).toContain(task.taskId);
    expect(await slipway('tasks', 'show', task.taskId)).toContain('after 4 s without activity');
    expect(await slipway('sandboxes', 'audit')).not.toContain(task.taskId);

    await ask(task, '!say again');
    // It has a deadline again.
    await sleeping(task);
  });

  it('stops at its age whatever happens, also where the service is killed between the warning and the stop', async () => {
    const task = await create('!sleep 600000', { maxAge: 12 });
    await service.waitForTask(task.taskId, ({ sleep }) => sleep!.warned, LIMIT_MS);
    await service.kill();
    await service.start();
    expect((await sleeping(task)).sleep).toMatchObject({ for: 'age', maxAge: 12 });
    // The service that is killed while a task sleeps wakes it as well.
    await service.kill();
    await service.start();
    await ask(task, '!say and on');
  });

  it('has the limits of its project, its own before them', async () => {
    const { projectId } = await create('!say hello', {});
    await service.client.changeProject(projectId, { idleStopAfter: 3_600, maxAge: 7_200 });
    const task = await create('!say hello', { maxAge: 0 });
    expect(task.sleep).toMatchObject({ idleStopAfter: 3_600, maxAge: null });
    await service.client.changeProject(projectId, { idleStopAfter: null, maxAge: null });
    expect((await create('!say hello', {})).sleep).toBeNull();
    expect(await service.post('/v1/tasks', { task: 'x', repoRemote, idleStopAfter: -1 })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'idleStopAfter' }] },
    });
  });
});
