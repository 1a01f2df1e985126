import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { doubled } from '../support/ledger.js';
import { Followed } from '../support/followed.js';
import { ServiceProcess } from '../support/service-process.js';
import { patiently, until } from '../support/until.js';

const LIMIT_MS = 120_000;
const REMOTE = 'https://git.example.com/acme/shop.git';
/** As set for the service. */
const SHUTDOWN_MS = 8_000;

describe('SIGTERM', () => {
  let service: ServiceProcess;
  let env: Record<string, string>;

  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_SHUTDOWN_MS: `${SHUTDOWN_MS}` });
    await service.stop();
    env = { SLIPWAY_SIMULATED_LEDGER: join(service.dataDir, 'ledger'), SLIPWAY_SIMULATED_LATENCY_MS: '400' };
    await service.start(env);
  }, LIMIT_MS);
  afterAll(() => service?.dispose(), LIMIT_MS);

  const create = (task: string) => service.post('/v1/tasks', { task, repoRemote: REMOTE });

  it(
    'answers what is running, takes nothing new, tells the clients, ends in good order; the work goes on after the next start',
    async () => {
      const live = new Followed(service.client, 'workspace:default');
      await live.is('live');
      const early = await Promise.all(Array.from({ length: 20 }, (_, i) => create(`early ${i}`)));
      const taskIds = early.map(({ body }) => body.taskId);
      await service.waitForTask(taskIds[0]!, ({ status }) => status === 'init_create_sandbox');

      const begun = performance.now();
      const running = Array.from({ length: 50 }, (_, i) => create(`late ${i}`).catch(() => null));
      // They are on their way: the service has seen some of them, perhaps not all.
      await running[0];
      const stopping = service.stop();
      const answers = await Promise.all(running);
      expect(await stopping).toBe(0);
      expect(performance.now() - begun).toBeLessThan(patiently(SHUTDOWN_MS));
      await live.is('down');
      expect(live.links.find(({ phase }) => phase === 'down')!.reason).toMatch(/the service restarts/);
      live.stop();
      await expect(create('nobody is there')).rejects.toThrow();

      const answered = answers.filter((answer) => answer !== null);
      for (const { status } of answered) expect([201, 503]).toContain(status);
      expect(answered.length).toBeGreaterThan(0);
      const accepted = answered.filter(({ status }) => status === 201).map(({ body }) => body.taskId);

      await service.start(env);
      for (const taskId of [...taskIds, ...accepted]) await service.waitForStatus(taskId, 'running', 30_000);
      expect(doubled(env.SLIPWAY_SIMULATED_LEDGER!)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'in the middle of a stage that hangs does not wait for it',
    async () => {
      await service.stop();
      await service.start({ ...env, SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=hang' });
      const { body } = await create('hangs');
      await service.waitForStatus(body.taskId, 'init_create_sandbox');
      const begun = performance.now();
      expect(await service.stop()).toBe(0);
      expect(performance.now() - begun).toBeLessThan(patiently(SHUTDOWN_MS));
      await service.start(env);
      const task = await service.waitForStatus(body.taskId, 'running', 30_000);
      // Being stopped was no failure: it is still the first attempt.
      const history = await service.get<{ items: { type: string }[] }>(
        `/v1/tasks/${task.taskId}/history?minPosition=${task.position}`,
      );
      expect(history.body.items.map(({ type }) => type)).not.toContain('StageFailed');
      expect(doubled(env.SLIPWAY_SIMULATED_LEDGER!)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'does not wait for ever for a client that has sent half a request',
    async () => {
      const { body } = await create('cut short');
      // A client that sends half a request and then nothing more keeps its connection for ever.
      const { connect } = await import('node:net');
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        'POST /v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
      );
      await until('the request to begin', 5_000, () => socket.bytesWritten > 0 && !socket.connecting);
      const begun = performance.now();
      expect(await service.stop()).toBe(0);
      expect(performance.now() - begun).toBeLessThan(patiently(SHUTDOWN_MS));
      socket.destroy();
      await service.start(env);
      await service.waitForStatus(body.taskId, 'running', 30_000);
      expect(doubled(env.SLIPWAY_SIMULATED_LEDGER!)).toEqual([]);
    },
    LIMIT_MS,
  );
});
