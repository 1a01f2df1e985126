import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { makeRepository } from '../support/git-repository.js';
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
  let repository: string;
  const repoRemote = 'https://git.example.com/acme/shop.git';

  beforeAll(async () => {
    repository = await makeRepository(join(await mkdtemp(join(tmpdir(), 'slipway-repos-')), 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'simulated,local',
      SLIPWAY_LOCAL_REPO_ROOTS: dirname(repository),
      SLIPWAY_LOCAL_USERS: 'true',
    });
  });
  afterAll(async () => {
    await service.dispose();
    await rm(dirname(repository), { recursive: true, force: true });
  });

  const create = async (
    task: string,
    more: { idleStopAfter?: number; maxAge?: number; repoRemote?: string; providerId?: string },
  ) => (await service.post('/v1/tasks', { task, repoRemote, ...more })).body;
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

  it('is woken with a real agent server by the next prompt', async () => {
    const own = { idleStopAfter: 3, repoRemote: repository, providerId: 'local' };
    const task = await create('!say hello', own);
    try {
      await sleeping(task);
      const pid = join(service.dataDir, 'local', 'records', task.taskId, 'agent.pid');
      expect(existsSync(pid)).toBe(false);
      await ask(task, '!say and awake');
      const said = await service.client.getTranscript(task.taskId, task.sessionId);
      expect(said.messages.at(-1)!.text.trim()).toBe('and awake');
    } finally {
      await service.client.killTask(task.taskId, { discardChanges: true });
      await service.waitForStatus(task.taskId, 'killed', LIMIT_MS);
    }
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
