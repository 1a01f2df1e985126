import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Permission, TaskRecord } from '@slipway/client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRepository } from '../support/git-repository.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

describe('a question that nobody answers, with a deadline', () => {
  let service: ServiceProcess;
  let roots: string;
  beforeAll(async () => {
    roots = await mkdtemp(join(tmpdir(), 'slipway-repos-'));
    await makeRepository(join(roots, 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: roots,
      SLIPWAY_PERMISSION_DEADLINE_MS: '2000',
    });
  });
  afterAll(async () => {
    await service.dispose();
    await rm(roots, { recursive: true, force: true });
  });

  const create = async () => {
    const wish = { task: '!ask Really?', repoRemote: join(roots, 'shop') };
    return (await service.post<TaskRecord>('/v1/tasks', wish)).body;
  };
  const question = async ({ taskId, sessionId }: TaskRecord) =>
    (await service.client.listPermissions(taskId, sessionId)).items[0];
  const isOver = async (task: TaskRecord) => {
    await until('the deadline', 30_000, async () => (await question(task))?.state === 'cancelled');
    expect(await question(task)).toMatchObject({ by: 'deadline' } satisfies Partial<Permission>);
    await service.waitForTask(task.taskId, ({ activity }) => activity === 'idle');
  };

  it('is cancelled then, and the agent goes on', async () => {
    const task = await create();
    await until('the question', 30_000, async () => (await question(task)) !== undefined);
    const { askedAt, deadline } = (await question(task))!;
    expect(Date.parse(deadline!) - Date.parse(askedAt)).toBe(2_000);
    await isOver(task);
  });

  it('is cancelled also where the service ended in between', async () => {
    const task = await create();
    await until('the question', 30_000, async () => (await question(task)) !== undefined);
    await service.kill();
    await service.start();
    await isOver(task);
  });
});
