import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { OutsideStores } from '../support/outside-stores.js';
import { ServiceProcess } from '../support/service-process.js';
import { patiently, until } from '../support/until.js';

const LIMIT_MS = 180_000;
/** On a quiet machine it takes less than 10 s. */
const RECOVERY_MS = 45_000;
const REMOTE = 'https://git.example.com/acme/shop.git';

describe('while PostgreSQL is away', () => {
  let stores: OutsideStores;
  let service: ServiceProcess;

  beforeAll(async () => {
    stores = await OutsideStores.start();
    service = await ServiceProcess.start({ ...stores.settings, SLIPWAY_SIMULATED_LATENCY_MS: '100' });
  }, LIMIT_MS);
  afterEach(() => stores.heal());
  afterAll(async () => {
    await service?.dispose();
    await stores?.stop();
  }, LIMIT_MS);

  const create = (task: string) => service.post('/v1/tasks', { task, repoRemote: REMOTE });
  const list = () => service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200');

  it.each([
    ['refuses connections', () => stores.toRows.become('refuse'), () => stores.toRows.become('pass')],
    ['resets connections', () => stores.toRows.become('reset'), () => stores.toRows.become('pass')],
    ['was stopped', () => stores.rows.goAway(), () => stores.rows.comeBack()],
    ['is silent', () => stores.toRows.become('black hole'), () => stores.toRows.become('pass')],
  ])(
    'because it %s, tasks are created, provisioned and read one by one; lists are answered 503, and then catch up',
    async (_, goAway, comeBack) => {
      const early = (await create('before')).body;
      await service.waitForStatus(early.taskId, 'running');
      await goAway();

      const created = await Promise.all([create('meanwhile 1'), create('meanwhile 2')]);
      expect(created.map(({ status }) => status)).toEqual([201, 201]);
      const begun = performance.now();
      expect((await service.get(`/v1/tasks/${early.taskId}`)).status).toBe(200);
      expect(performance.now() - begun).toBeLessThan(patiently(20_000));
      for (const { body } of created) await service.waitForStatus(body.taskId, 'running', 30_000);
      await until('lists to be refused', 12_000, async () => {
        const { status, headers } = await list();
        return status === 503 && Number(headers.get('retry-after')) > 0;
      });
      await until(
        'readiness to tell',
        12_000,
        async () => (await service.get('/health/ready')).status === 503,
      );

      await comeBack();
      await until('the rows to catch up', RECOVERY_MS, async () => {
        const { status, body } = await list();
        const running = (taskId: string) =>
          body.items.some((task) => task.taskId === taskId && task.status === 'running');
        return status === 200 && created.every((answer) => running(answer.body.taskId));
      });
      await until('readiness', RECOVERY_MS, async () => (await service.get('/health/ready')).status === 200);
    },
    LIMIT_MS,
  );

  it(
    'and so is the event store, both come back, and everything goes on',
    async () => {
      const early = await Promise.all([create('early 1'), create('early 2'), create('early 3')]);
      await Promise.all([stores.rows.goAway(), stores.killEvents()]);
      expect((await create('refused')).status).toBe(503);
      await Promise.all([stores.rows.comeBack(), stores.startEvents()]);
      await until('a task to be accepted', RECOVERY_MS, async () => (await create('late')).status === 201);
      for (const { body } of early) await service.waitForStatus(body.taskId, 'running', RECOVERY_MS);
      let left: string[] = [];
      await until(
        () => `all rows to be running: ${left.join(', ')}`,
        RECOVERY_MS,
        async () => {
          const { status, body } = await list();
          left = (body.items ?? [{ taskId: 'list', status }])
            .filter((task) => task.status !== 'running')
            .map(({ taskId, status: is }) => `${taskId} ${is}`);
          return left.length === 0;
        },
      );
    },
    LIMIT_MS,
  );
});
