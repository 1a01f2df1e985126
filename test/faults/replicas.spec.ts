import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Replicas } from '../support/replicas.js';
import type { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 240_000;
const END_MS = 60_000;
const TASKS = 60;
/** Longer than any side waits for a sign of life of the other: the node for 20 s, PostgreSQL for 5. */
const FROZEN_MS = 26_000;

interface Ready {
  checks: { rows: { detail: string } };
}

describe('two replicas on one event store, one PostgreSQL and one provider', () => {
  let replicas: Replicas;
  let first: ServiceProcess;
  let second: ServiceProcess;

  beforeAll(async () => {
    replicas = await Replicas.prepare({ SLIPWAY_SIMULATED_LATENCY_MS: '150' });
    first = await replicas.add();
    second = await replicas.add();
  }, LIMIT_MS);
  afterAll(() => replicas?.stop(), LIMIT_MS);

  /** Process ids that carried out stages of the tasks. */
  const workersOf = (taskIds: readonly string[]): Set<number> => {
    const mine = new Set(taskIds);
    const lines = readFileSync(replicas.ledger, 'utf8').split('\n');
    return new Set(
      lines
        .map((line) => line.split(' '))
        .filter(([taskId]) => mine.has(taskId!))
        .map(([, , , pid]) => Number(pid)),
    );
  };
  const projecting = async (replica: ServiceProcess): Promise<string> =>
    (await replica.get<Ready>('/health/ready')).body.checks.rows.detail.split(',')[0]!;
  const half = (taskIds: readonly string[], at: ServiceProcess) =>
    until('some of the work to be done', END_MS, async () => {
      const { body } = await at.get<{ items: { taskId: string; status: string }[] }>('/v1/tasks?limit=200');
      return body.items.some(
        ({ taskId, status }) => taskIds.includes(taskId) && status === 'init_ensure_agent',
      );
    });

  it(
    'share the work, and exactly one projects',
    async () => {
      const taskIds = await replicas.create(TASKS);
      await replicas.running(taskIds, first, END_MS);
      await replicas.running(taskIds, second, END_MS);
      expect(workersOf(taskIds)).toEqual(new Set([first.pid, second.pid]));
      expect([await projecting(first), await projecting(second)].sort()).toEqual(['active', 'standby']);
      expect(replicas.doubled).toEqual([]);
    },
    LIMIT_MS,
  );

  it.each([0, 1])(
    'go on when number %i of them is killed',
    async (index) => {
      const victim = replicas.all[index]!;
      const survivor = replicas.all[1 - index]!;
      const taskIds = await replicas.create(TASKS);
      await half(taskIds, survivor);
      await victim.kill();
      await replicas.running(taskIds, survivor, END_MS);
      await until('the rows', 15_000, async () => (await projecting(survivor)) === 'active');
      expect(replicas.doubled).toEqual([]);
      await victim.start();
      expect(await projecting(victim)).toBe('standby');
    },
    LIMIT_MS,
  );

  it.each([0, 1])(
    'go on when number %i of them freezes, and when it thaws nothing is done twice',
    async (index) => {
      const victim = replicas.all[index]!;
      const survivor = replicas.all[1 - index]!;
      const taskIds = await replicas.create(TASKS);
      await half(taskIds, survivor);
      victim.freeze();
      const frozenAt = performance.now();
      try {
        const more = await replicas.create(10, [survivor]);
        await replicas.running([...taskIds, ...more], survivor, END_MS);
        await until('the rows', 15_000, async () => (await projecting(survivor)) === 'active');
        await until(
          'the freeze to be long enough',
          FROZEN_MS,
          () => performance.now() - frozenAt > FROZEN_MS - 1_000,
        );
      } finally {
        victim.thaw();
      }
      await until('the thawed one to be ready', 20_000, async () => {
        return (await victim.get('/health/ready')).status === 200;
      });
      const later = await replicas.create(10);
      await replicas.running([...taskIds, ...later], victim, END_MS);
      expect(replicas.doubled).toEqual([]);
      // A stale worker's outcome is refused: nothing comes twice in any history.
      for (const taskId of taskIds) {
        const { body } = await survivor.get<{
          items: { type: string; data: { stage?: string; attempt?: number } }[];
        }>(`/v1/tasks/${taskId}/history`);
        const told = body.items
          .filter(({ type }) => type !== 'SessionActivityChanged')
          .map(({ type, data }) => `${type} ${data.stage ?? ''} ${data.attempt ?? ''}`);
        expect(told.length).toBe(new Set(told).size);
      }
    },
    LIMIT_MS,
  );

  it(
    'a kill that is asked for at one replica stops the stage that is under way at the other',
    async () => {
      for (const replica of replicas.all) {
        await replica.stop();
        await replica.start({ SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=hang' });
      }
      const taskIds = await replicas.create(6, [first]);
      for (const taskId of taskIds) await first.waitForStatus(taskId, 'init_create_sandbox');
      await Promise.all(
        taskIds.map((taskId, i) => replicas.all[i % 2]!.post(`/v1/tasks/${taskId}/kill`, {})),
      );
      for (const taskId of taskIds) await first.waitForStatus(taskId, 'killed', 10_000);
      for (const replica of replicas.all) {
        await replica.stop();
        await replica.start();
      }
    },
    LIMIT_MS,
  );

  it(
    'each with a role of its own do the same work',
    async () => {
      await first.stop();
      await second.stop();
      await first.start({ SLIPWAY_ROLES: 'api' });
      const taskIds = await replicas.create(TASKS, [first]);
      expect((await first.get<{ status: string }>(`/v1/tasks/${taskIds[0]}`)).body.status).toBe(
        'init_enqueue_provision',
      );
      await second.start({ SLIPWAY_ROLES: 'saga' });
      await replicas.running(taskIds, first, END_MS);
      expect(workersOf(taskIds)).toEqual(new Set([second.pid]));
      // Nobody writes rows yet: what is known of single tasks comes from the events.
      const third = await replicas.add({ SLIPWAY_ROLES: 'projector' });
      await until('the rows', 15_000, async () => {
        const { body } = await first.get<{ items: { status: string }[] }>('/v1/tasks?limit=200');
        return body.items.filter(({ status }) => status === 'running').length >= TASKS;
      });
      // Rows of earlier tasks may have been there already.
      await until('the projector', 15_000, async () => (await projecting(third)) === 'active');
      expect(replicas.doubled).toEqual([]);
    },
    LIMIT_MS,
  );
});
