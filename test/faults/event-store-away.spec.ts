import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { doubled } from '../support/ledger.js';
import { Followed } from '../support/followed.js';
import { OutsideStores } from '../support/outside-stores.js';
import { ServiceProcess } from '../support/service-process.js';
import { patiently, until } from '../support/until.js';

const LIMIT_MS = 300_000;
const REMOTE = 'https://git.example.com/acme/shop.git';
/** Until a caller knows that the store is away. */
const ANSWER_MS = 20_000;
/** Until everything works again once the store is back; on a quiet machine it takes less than 10 s and is printed. */
const RECOVERY_MS = 45_000;
const STAGE_MS = 300;

/** What happens to the store; it may take its time. */
type Change = () => void | Promise<void>;

describe('while the event store is away', () => {
  let stores: OutsideStores;
  let service: ServiceProcess;
  let ledger: string;

  beforeAll(async () => {
    stores = await OutsideStores.start();
    service = await ServiceProcess.start({ ...stores.settings, SLIPWAY_SIMULATED_LATENCY_MS: `${STAGE_MS}` });
    await service.stop();
    ledger = join(service.dataDir, 'ledger');
    await service.start({ SLIPWAY_SIMULATED_LEDGER: ledger });
  }, LIMIT_MS);
  afterEach(() => stores.heal());
  afterAll(async () => {
    await service?.dispose();
    await stores?.stop();
  }, LIMIT_MS);

  const create = (task: string) => service.post('/v1/tasks', { task, repoRemote: REMOTE });
  const listed = async (): Promise<number> => {
    const { body } = await service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200');
    return body.items.length;
  };
  const refusedAtOnce = async () => {
    const begun = performance.now();
    const { status, headers } = await create('nobody stores me');
    expect(status).toBe(503);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(performance.now() - begun).toBeLessThan(patiently(ANSWER_MS));
  };

  /** A task is accepted, goes to its end and is shown on the way: saga, projector and live updates are back. */
  const worksWithin = async (limitMs: number) => {
    const begun = performance.now();
    let created: TaskRecord | undefined;
    await until('a task to be accepted', limitMs, async () => {
      const { status, body } = await create('after the outage');
      if (status === 201) created = body;
      return status === 201;
    });
    const { taskId } = created!;
    const left = () => Math.max(0, limitMs - (performance.now() - begun));
    await service.waitForStatus(taskId, 'running', left());
    await until('the row and the live update', left() + 1_000, async () => {
      const { body } = await service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200');
      return body.items.some((task) => task.taskId === taskId && task.status === 'running');
    });
    await until('readiness', left() + 3_000, async () => (await service.get('/health/ready')).status === 200);
    console.log(`all works again after ${Math.round(performance.now() - begun)} ms`);
  };

  it.each<[string, Change, Change]>([
    ['refuses connections', () => stores.toEvents.become('refuse'), () => stores.toEvents.become('pass')],
    ['resets connections', () => stores.toEvents.become('reset'), () => stores.toEvents.become('pass')],
    ['was stopped', () => stores.stopEvents(), () => stores.startEvents()],
    ['was killed', () => stores.killEvents(), () => stores.startEvents()],
    ['is frozen', () => stores.freezeEvents(), () => stores.thawEvents()],
    ['is silent', () => stores.toEvents.become('black hole'), () => stores.toEvents.become('pass')],
    ['does not answer', () => stores.toEvents.become('half open'), () => stores.toEvents.become('pass')],
  ])(
    'because it %s, creates are answered 503; once it is back everything goes on',
    async (_, goAway, comeBack) => {
      const live = new Followed(service.client, 'workspace:default');
      const early = await Promise.all(Array.from({ length: 10 }, (_, i) => create(`early ${i}`)));
      expect(early.map(({ status }) => status)).toEqual(early.map(() => 201));
      const { taskId } = early[0]!.body;
      await service.waitForTask(taskId, ({ status }) => status !== 'init_enqueue_provision');
      await until('the rows', 10_000, async () => (await listed()) >= early.length);

      await goAway();
      const before = await listed();
      await Promise.all([refusedAtOnce(), refusedAtOnce(), refusedAtOnce()]);
      await until(
        'readiness to tell',
        20_000,
        async () => (await service.get('/health/ready')).status === 503,
      );
      expect((await service.get(`/v1/tasks/${taskId}`)).status).toBe(200);
      expect((await service.get('/v1/tasks')).status).toBe(200);
      expect((await service.get('/health/live')).status).toBe(200);
      await refusedAtOnce();

      await comeBack();
      await worksWithin(RECOVERY_MS);
      for (const { body } of early) await service.waitForStatus(body.taskId, 'running', RECOVERY_MS);
      for (const { body } of early)
        await live.sees(
          'its end',
          ({ taskId, status }) => taskId === body.taskId && status === 'running',
          5_000,
        );
      live.stop();
      // What was refused is either not there, or there as a whole and at its end.
      const { body } = await service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200');
      expect(body.items.length).toBeGreaterThan(before);
      for (const task of body.items) await service.waitForStatus(task.taskId, 'running', RECOVERY_MS);
      expect(doubled(ledger)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'for a moment only, nobody hears of it: an append that was cut off is repeated',
    async () => {
      const creating: Promise<{ status: number; body: TaskRecord }>[] = [];
      // As few as a slow machine, too, stores within the time for which an append is repeated.
      for (let round = 0; round < 6; round++) {
        for (let i = 0; i < 5; i++) creating.push(create(`cut ${round}.${i}`));
        await new Promise((resolve) => setTimeout(resolve, 20 + round * 15));
        stores.toEvents.resetAll();
      }
      const created = await Promise.all(creating);
      expect(created.map(({ status }) => status)).toEqual(created.map(() => 201));
      for (const { body } of created) await service.waitForStatus(body.taskId, 'running', 30_000);
      expect(doubled(ledger)).toEqual([]);
      const types = await Promise.all(
        created.map(async ({ body }) => {
          const running = await service.waitForIdle(body.taskId);
          const path = `/v1/tasks/${body.taskId}/history?minPosition=${running.position}`;
          const history = await service.get<{ items: { type: string }[] }>(path);
          return history.body.items.filter(({ type }) => type !== 'SessionActivityChanged').length;
        }),
      );
      expect(new Set(types)).toEqual(new Set([9]));
    },
    LIMIT_MS,
  );

  it(
    'and 2 s slow, creates succeed and tasks reach their end',
    async () => {
      stores.toEvents.latencyMs = 2_000;
      const created = await Promise.all([create('slow 1'), create('slow 2'), create('slow 3')]);
      expect(created.map(({ status }) => status)).toEqual([201, 201, 201]);
      for (const { body } of created) await service.waitForStatus(body.taskId, 'running', 60_000);
      // A connection that is made anew takes even longer, and must not be given up for it.
      stores.toEvents.resetAll();
      await worksWithin(60_000);
      expect(doubled(ledger)).toEqual([]);
    },
    LIMIT_MS,
  );
});
