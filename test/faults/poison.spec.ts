import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { EventStoreDb } from '../../src/store/eventstore-db.js';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { readRuntime } from '../../src/app/runtime-file.js';
import { doubled } from '../support/ledger.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { patiently, until } from '../support/until.js';

const LIMIT_MS = 180_000;
const REMOTE = 'https://git.example.com/acme/shop.git';
/** For one among twelve: as many as it takes to halve them down to it, and those that it has alone. */
const MAX_CRASHES = 12;

interface Parked {
  saga: { taskId: string; stream: string; type: string; reason: string; settled: boolean | null }[];
}

describe('poison', () => {
  let service: ServiceProcess;
  let env: Record<string, string>;

  beforeAll(async () => {
    service = await ServiceProcess.start();
    await service.stop();
    env = {
      SLIPWAY_SIMULATED_LATENCY_MS: '400',
      SLIPWAY_SIMULATED_LEDGER: join(service.dataDir, 'ledger'),
      CRASH_FILE: join(service.dataDir, 'crash'),
    };
    await service.start(env);
  }, LIMIT_MS);
  afterAll(() => service?.dispose(), LIMIT_MS);

  const create = async (task: string): Promise<TaskRecord> =>
    (await service.post('/v1/tasks', { task, repoRemote: REMOTE })).body;
  const parked = async (): Promise<Parked> => {
    const { stdout } = await runCli(['parked', 'list', '--json'], { SLIPWAY_DATA_DIR: service.dataDir });
    return JSON.parse(stdout) as Parked;
  };

  it(
    'that cannot be decoded parks its task and no other, and shows wherever the task does',
    async () => {
      const [victim, ...others] = await Promise.all(['victim', 'other 1', 'other 2', 'other 3'].map(create));
      await service.waitForIdle(victim!.taskId);
      const { eventStoreUrl } = (await readRuntime(service.dataDir))!;
      const foreigner = new EventStoreDb(eventStoreUrl, pino({ level: 'silent' }));
      const stream = `task-${victim!.taskId}`;
      let last = -1n;
      for await (const { revision } of foreigner.readStream(stream)) last = revision;
      const data = { sessionId: 7, note: 'written by somebody who does not know the schema' };
      await foreigner.append(
        stream,
        [{ id: randomUUID(), type: 'SessionRequested', data, metadata: {} }],
        last,
      );
      await foreigner.close();

      await until('the message to be parked', 15_000, async () => (await parked()).saga.length > 0);
      expect((await parked()).saga).toEqual([
        expect.objectContaining({
          type: 'SessionRequested',
          settled: null,
          reason: expect.stringMatching(/agentType/),
        }),
      ]);
      const { body: metrics } = await service.get<string>('/metrics');
      expect(metrics).toMatch(/^slipway_saga_parked_messages_total 1$/m);
      // What is known of it is still shown, and why there is no more; what would change it is refused with the reason.
      const says = {
        taskId: victim!.taskId,
        status: 'error',
        statusMessage: expect.stringMatching(/^Nothing more is done: an event .* cannot be read .*agentType/),
        error: { code: 'undecodable_event', reason: expect.stringContaining('SessionRequested') },
        branchName: expect.any(String),
      };
      await service.waitForStatus(victim!.taskId, 'error');
      expect((await service.get(`/v1/tasks/${victim!.taskId}`)).body).toMatchObject(says);
      const list = await service.get<{ items: TaskRecord[] }>('/v1/tasks?status=error');
      expect(list.body.items).toEqual([expect.objectContaining({ ...says, error: expect.anything() })]);
      const history = await service.get<{ items: { type: string; data: unknown }[] }>(
        `/v1/tasks/${victim!.taskId}/history`,
      );
      expect(history.body.items.at(-1)).toMatchObject({ type: 'SessionRequested', data });
      const kill = await service.post<{ code: string }>(`/v1/tasks/${victim!.taskId}/kill`, {});
      expect(kill).toMatchObject({ status: 500, body: { code: 'undecodable_event' } });
      for (const { taskId } of others) await service.waitForStatus(taskId, 'running');
      await service.waitForStatus((await create('later')).taskId, 'running');
    },
    LIMIT_MS,
  );

  it(
    'that ends every process that works on it is given up, it alone, says so, and goes on when the cause is mended',
    async () => {
      const before = (await parked()).saga.length;
      const tasks = await Promise.all(Array.from({ length: 12 }, (_, i) => create(`near ${i}`)));
      const culprit = tasks[5]!.taskId;
      const innocent = tasks.map(({ taskId }) => taskId).filter((taskId) => taskId !== culprit);
      await writeFile(env.CRASH_FILE!, `effect.before 1 ${culprit}`);
      process.kill(service.pid, 'SIGUSR2');
      expect(await service.exitsWithin(patiently(15_000))).toBe(true);

      let crashes = 1;
      const recordOf = async () => (await service.get<TaskRecord>(`/v1/tasks/${culprit}`)).body;
      for (; crashes < MAX_CRASHES; crashes++) {
        await service.start(env).catch(() => undefined);
        let isOver = false;
        await until('the service to end, or the task to be given up', 30_000, async () => {
          if (service.isOver) return true;
          isOver = await recordOf().then(
            ({ status }) => status === 'error',
            () => false,
          );
          return isOver;
        });
        if (isOver) break;
      }
      expect(crashes).toBeLessThan(MAX_CRASHES);
      const given = await recordOf();
      expect(given).toMatchObject({ status: 'error', error: { code: 'poison_message' } });
      expect(given.statusMessage).toMatch(/ended 3 times in a row/);
      for (const taskId of innocent) await service.waitForStatus(taskId, 'running');
      await until('it to be parked', 15_000, async () => (await parked()).saga.length > before);
      const { saga } = await parked();
      expect(saga.length).toBe(before + 1);
      expect(saga.at(-1)).toMatchObject({
        taskId: culprit,
        settled: false,
        reason: expect.stringMatching(/ended 3 times in a row/),
      });

      // The cause is mended: a retry goes on from there.
      await rm(env.CRASH_FILE!);
      await service.stop();
      await service.start(env);
      expect(await service.post(`/v1/tasks/${culprit}/retry`, {})).toMatchObject({ status: 202 });
      await service.waitForStatus(culprit, 'running');
      expect((await parked()).saga.at(-1)).toMatchObject({ taskId: culprit, settled: true });
      // What has been done meanwhile does no harm.
      await runCli(['parked', 'replay'], { SLIPWAY_DATA_DIR: service.dataDir });
      await until('it to be done with', 15_000, async () =>
        (await parked()).saga.every(({ taskId }) => taskId !== culprit),
      );
      expect((await recordOf()).status).toBe('running');
      expect(doubled(env.SLIPWAY_SIMULATED_LEDGER!)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'of the kind that is a bug of ours is given up, says so, and a retry goes on to running when the bug is mended',
    async () => {
      const before = (await parked()).saga.length;
      const { taskId } = await create('buggy');
      await service.waitForStatus(taskId, 'running');
      const stopped = await create('to be hit');
      await service.stop();
      await writeFile(env.CRASH_FILE!, `outcome.before-append 1 ${stopped.taskId} fails`);
      await service.start(env);
      await service.waitForStatus(stopped.taskId, 'error');
      const { body } = await service.get<TaskRecord>(`/v1/tasks/${stopped.taskId}`);
      expect(body).toMatchObject({
        error: { code: 'internal_error', reason: 'A test asked for a bug' },
        statusMessage: expect.stringContaining('A test asked for a bug'),
      });
      await until('it to be parked', 15_000, async () => (await parked()).saga.length > before);
      expect((await parked()).saga.at(-1)).toMatchObject({ taskId: stopped.taskId, settled: false });
      // Not mended yet: a retry comes to the same, and says so again.
      const again = await service.post<TaskRecord>(`/v1/tasks/${stopped.taskId}/retry`, {});
      expect(again).toMatchObject({ status: 202 });
      await until('it to be given up again', 15_000, async () => (await parked()).saga.length > before + 1);
      await service.waitForStatus(stopped.taskId, 'error');

      await rm(env.CRASH_FILE!);
      await service.stop();
      await service.start(env);
      expect(await service.post(`/v1/tasks/${stopped.taskId}/retry`, {})).toMatchObject({ status: 202 });
      await service.waitForStatus(stopped.taskId, 'running');
      expect((await parked()).saga.filter((each) => each.taskId === stopped.taskId)).toMatchObject([
        { settled: true },
        { settled: true },
      ]);
      expect(doubled(env.SLIPWAY_SIMULATED_LEDGER!)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'is not what only happens to be in hand when the process is killed or stopped, however often',
    async () => {
      const before = (await parked()).saga.length;
      await service.stop();
      const hanging = { ...env, SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=hang' };
      await service.start(hanging);
      const tasks = await Promise.all(Array.from({ length: 5 }, (_, i) => create(`patient ${i}`)));
      for (const { taskId } of tasks) await service.waitForStatus(taskId, 'init_create_sandbox');
      for (let stops = 0; stops < 5; stops++) {
        await service.stop();
        await service.start(hanging);
      }
      await service.kill();
      await service.start(env);
      for (const { taskId } of tasks) await service.waitForStatus(taskId, 'running');
      expect((await parked()).saga.length).toBe(before);
    },
    LIMIT_MS,
  );
});
