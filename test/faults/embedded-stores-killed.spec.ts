import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { doubled } from '../support/ledger.js';
import { argumentsOf, processesMentioning } from '../support/processes.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 180_000;
/** On a quiet machine it takes less than 10 s. */
const RECOVERY_MS = 45_000;
const REMOTE = 'https://git.example.com/acme/shop.git';

describe('the embedded stores, killed while the service lives', () => {
  let service: ServiceProcess;
  let ledger: string;

  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_SIMULATED_LATENCY_MS: '200' });
    await service.stop();
    ledger = join(service.dataDir, 'ledger');
    await service.start({ SLIPWAY_SIMULATED_LEDGER: ledger });
  }, LIMIT_MS);
  afterAll(() => service?.dispose(), LIMIT_MS);

  const create = (task: string) => service.post('/v1/tasks', { task, repoRemote: REMOTE });
  /** The store's server process; NaN when there is none. */
  const processOf = (store: 'eventstore' | 'postgres'): number => {
    const directory = join(service.dataDir, store);
    if (store === 'eventstore') {
      const isNode = (pid: number) =>
        argumentsOf(pid).some((word) => word.endsWith('embedded-eventstore.js'));
      return processesMentioning(directory).find(isNode) ?? NaN;
    }
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    const file = names.find((name) => name.endsWith('postmaster.pid'));
    return file === undefined ? NaN : Number(readFileSync(join(directory, file), 'utf8').split('\n')[0]);
  };

  it.each(['eventstore', 'postgres'] as const)(
    '%s is started again and everything goes on',
    async (store) => {
      const early = await Promise.all(Array.from({ length: 10 }, (_, i) => create(`early ${i}`)));
      const pid = processOf(store);
      process.kill(pid, 'SIGKILL');
      const accepted: TaskRecord[] = [];
      await until('the store to be back', RECOVERY_MS, async () => {
        const { status, body } = await create('late');
        if (status === 201) accepted.push(body);
        const list = await service.get('/v1/tasks');
        return (
          status === 201 &&
          list.status === 200 &&
          Number.isFinite(processOf(store)) &&
          processOf(store) !== pid
        );
      });
      for (const taskId of [...early.map(({ body }) => body.taskId), ...accepted.map(({ taskId }) => taskId)])
        await service.waitForStatus(taskId, 'running', RECOVERY_MS);
      await until('all rows', RECOVERY_MS, async () => {
        const { status, body } = await service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200');
        return status === 200 && body.items.every((task) => task.status === 'running');
      });
      await until('readiness', RECOVERY_MS, async () => (await service.get('/health/ready')).status === 200);
      expect(doubled(ledger)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'both at once, again and again',
    async () => {
      for (let round = 0; round < 3; round++) {
        const { body } = await create(`round ${round}`);
        for (const store of ['eventstore', 'postgres'] as const) process.kill(processOf(store), 'SIGKILL');
        await service.waitForStatus(body.taskId, 'running', 2 * RECOVERY_MS);
        await until(
          'both to be back',
          2 * RECOVERY_MS,
          async () => (await service.get('/health/ready')).status === 200,
        );
      }
      expect(doubled(ledger)).toEqual([]);
      // Whatever has happened to its stores, it ends in good order.
      expect(await service.stop()).toBe(0);
      expect(processesMentioning(service.dataDir)).toEqual([]);
    },
    LIMIT_MS,
  );
});
