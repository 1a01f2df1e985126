import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executions } from '../support/ledger.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 300_000;
const REMOTE = 'https://git.example.com/acme/shop.git';
const HANGING = 6_000;
const MEGABYTE = 1_024;

interface History {
  items: { type: string; data: { stage?: string; attempt?: number; code?: string } }[];
}

describe('a provider that', () => {
  let service: ServiceProcess | undefined;
  afterEach(async () => {
    await service?.dispose();
    service = undefined;
  }, LIMIT_MS);

  const start = async (env: Record<string, string>) => (service = await ServiceProcess.start(env));
  const create = (on: ServiceProcess, task: string, providerId?: string) =>
    on.post('/v1/tasks', { task, repoRemote: REMOTE, providerId });

  it(
    'answers late has made something that the next attempt finds',
    async () => {
      const ledger = join(await mkdtemp(join(tmpdir(), 'slipway-late-')), 'ledger');
      const late = await start({
        SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=late:3000',
        SLIPWAY_STAGE_CREATE_SANDBOX_TIMEOUT_MS: '500',
        SLIPWAY_STAGE_CREATE_SANDBOX_ATTEMPTS: '10',
        SLIPWAY_BACKOFF_FIRST_MS: '200',
        SLIPWAY_SIMULATED_LEDGER: ledger,
      });
      const { body } = await create(late, 'late');
      const running = await late.waitForStatus(body.taskId, 'running', 30_000);
      const path = `/v1/tasks/${body.taskId}/history?minPosition=${running.position}`;
      const { items } = (await late.get<History>(path)).body;
      const failures = items.filter(({ type }) => type === 'StageFailed');
      expect(failures.length).toBeGreaterThan(0);
      for (const { data } of failures)
        expect(data).toMatchObject({ stage: 'create_sandbox', code: 'timeout' });
      // All attempts that were given up went on behind our back; one of them made the sandbox, the others found it.
      expect(executions(ledger).get(`${body.taskId} 1`)).toBe(1);
      await rm(join(ledger, '..'), { recursive: true, force: true });
    },
    LIMIT_MS,
  );

  it(
    'hangs is given up when its task is killed or archived',
    async () => {
      const hanging = await start({ SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=hang' });
      const [first, second] = await Promise.all([create(hanging, 'one'), create(hanging, 'two')]);
      for (const { body } of [first, second]) await hanging.waitForStatus(body.taskId, 'init_create_sandbox');
      await hanging.post(`/v1/tasks/${first.body.taskId}/kill`, {});
      await hanging.post(`/v1/tasks/${second.body.taskId}/archive`, {});
      await hanging.waitForStatus(first.body.taskId, 'killed', 5_000);
      await hanging.waitForStatus(second.body.taskId, 'archived', 5_000);
    },
    LIMIT_MS,
  );

  it(
    `hangs on ${HANGING} tasks delays no task of another provider, and each of them can be killed`,
    async () => {
      const both = await start({
        SLIPWAY_PROVIDERS: 'simulated,simulated-2',
        SLIPWAY_SIMULATED_FAILURES: 'simulated-2/create_sandbox=hang',
        LOG_LEVEL: 'warn',
      });
      const hanging: string[] = [];
      while (hanging.length < HANGING) {
        const answers = await Promise.all(
          Array.from({ length: 100 }, () => create(both, 'hangs', 'simulated-2')),
        );
        expect(answers.every(({ status }) => status === 201)).toBe(true);
        hanging.push(...answers.map(({ body }) => body.taskId));
      }
      await both.waitForStatus(hanging[0]!, 'init_create_sandbox', 30_000);

      const begun = performance.now();
      const others = await Promise.all(Array.from({ length: 20 }, (_, i) => create(both, `other ${i}`)));
      for (const { body } of others) await both.waitForStatus(body.taskId, 'running', 10_000);
      const othersMs = performance.now() - begun;

      const victims = [hanging[0]!, hanging[HANGING / 2]!, hanging.at(-1)!];
      for (const taskId of victims) await both.post(`/v1/tasks/${taskId}/kill`, {});
      for (const taskId of victims) await both.waitForStatus(taskId, 'killed', 10_000);

      const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${both.pid}/status`, 'utf8'))![1]);
      process.stdout.write(
        `${HANGING} tasks hang: 20 others took ${Math.round(othersMs)} ms; ${Math.round(memory / MEGABYTE)} MB\n`,
      );
      await until('readiness', 10_000, async () => (await both.get('/health/ready')).status === 200);
      expect(memory).toBeLessThan(600 * MEGABYTE);

      // And all of them are there after a crash, and still delay nobody.
      await both.kill();
      await both.start();
      const { body } = await create(both, 'after the crash');
      await both.waitForStatus(body.taskId, 'running', 20_000);
    },
    LIMIT_MS,
  );
});
