import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { ServiceProcess } from '../support/service-process.js';

const REMOTE = 'https://git.example.com/acme/shop.git';

/** retry, archive and kill, over HTTP, against a provider that fails and hangs. */
describe('every way out', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await ServiceProcess.start({
      SLIPWAY_SIMULATED_FAILURES: 'ensure_agent=fail:3, create_session=fail:1',
      SLIPWAY_BACKOFF_FIRST_MS: '20',
    });
  });
  afterAll(() => service.dispose());

  const create = async () => (await service.post('/v1/tasks', { task: 'way out', repoRemote: REMOTE })).body;
  const command = (task: TaskRecord, name: string, body?: object) =>
    service.post(`/v1/tasks/${task.taskId}/${name}`, body);

  it('a stage that uses up its attempts ends in error, with stage, reason, attempts and sandbox; retry goes on from there', async () => {
    const task = await create();
    const failed = await service.waitForStatus(task.taskId, 'error');
    expect(failed).toMatchObject({ stage: 'ensure_agent', error: { stage: 'ensure_agent', attempts: 3 } });
    expect(failed.error!.reason).toMatch(/Simulated failure/);
    expect(failed.sandboxId).not.toBeNull();

    const { status, body } = await command(task, 'retry');
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'init_ensure_agent', attempt: 1, error: null });
    const running = await service.waitForStatus(task.taskId, 'running');
    expect(running.sandboxId).toBe(failed.sandboxId);
  });

  it('a task in error can be archived, and an archived one killed; repeating either is harmless and says so', async () => {
    const task = await create();
    await service.waitForStatus(task.taskId, 'error');
    expect((await command(task, 'archive')).status).toBe(202);
    await service.waitForStatus(task.taskId, 'archived');
    const again = await command(task, 'archive');
    expect(again.status).toBe(202);
    expect(again.headers.get('slipway-unchanged')).toMatch(/archived already/);
    expect((await command(task, 'retry')).status).toBe(409);

    expect((await command(task, 'kill', { keepBranch: true })).status).toBe(202);
    const killed = await service.waitForStatus(task.taskId, 'killed');
    expect(killed.sandboxId).not.toBeNull();
    expect((await command(task, 'kill')).headers.get('slipway-unchanged')).toMatch(/killed already/);
    expect((await command(task, 'archive')).status).toBe(409);
    expect((await service.post(`/v1/tasks/${task.taskId}/sessions`, {})).status).toBe(409);
  });

  it('there is no way out of a task that does not exist', async () => {
    for (const name of ['retry', 'archive', 'kill']) {
      const answer = await service.post<{ detail: string }>(
        `/v1/tasks/00000000-0000-4000-8000-000000000000/${name}`,
      );
      expect(answer.status).toBe(404);
    }
  });
});

describe('with a stage that hangs', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=hang' });
  });
  afterAll(() => service.dispose());

  it.each(['kill', 'archive'] as const)('%s stops it at once and is carried out', async (name) => {
    const { body: task } = await service.post('/v1/tasks', { task: 'stuck', repoRemote: REMOTE });
    await service.waitForStatus(task.taskId, 'init_create_sandbox');
    await service.post(`/v1/tasks/${task.taskId}/${name}`);
    // The stage's own time-out is three minutes.
    await service.waitForStatus(task.taskId, name === 'kill' ? 'killed' : 'archived', 10_000);
  });

  it('a restart takes up a kill where it was', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: 'stuck', repoRemote: REMOTE });
    await service.waitForStatus(task.taskId, 'init_create_sandbox');
    await service.post(`/v1/tasks/${task.taskId}/kill`);
    await service.kill();
    await service.start();
    await service.waitForStatus(task.taskId, 'killed', 20_000);
  });
});
