import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, rm, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { makeRepository } from '../support/git-repository.js';
import { processesMentioning } from '../support/processes.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 180_000;

/** A sandbox is set up before its agent starts: over HTTP, on the local provider, under kill -9. */
describe('the setup of a task', () => {
  let service: ServiceProcess;
  let repository: string;

  beforeAll(async () => {
    repository = await makeRepository(join(await mkdtemp(join(tmpdir(), 'slipway-repos-')), 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: join(repository, '..'),
      SLIPWAY_STAGE_RUN_SETUP_TIMEOUT_MS: '60000',
    });
  }, LIMIT_MS);

  afterAll(async () => {
    const { items } = (await service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200')).body;
    await Promise.all(
      items.map(({ taskId }) => service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true })),
    );
    await Promise.all(items.map(({ taskId }) => service.waitForStatus(taskId, 'killed', 60_000)));
    await service.dispose();
    await rm(join(repository, '..'), { recursive: true, force: true });
  }, LIMIT_MS);

  /** Counts its beginnings, and goes on when there is a file `go`. */
  const WAITS = 'echo begun >> count\nwhile [ ! -e go ]; do sleep 0.05; done\necho set up';
  const create = async (setup: string) =>
    (await service.post('/v1/tasks', { task: 'set me up', repoRemote: repository, setup })).body;
  const begun = async ({ taskId }: TaskRecord) => {
    const task = await service.waitForTask(
      taskId,
      ({ stage, sandboxPath }) => stage === 'run_setup' && !!sandboxPath,
    );
    await until('the setup to begin', 30_000, async () => (await counted(task)) > 0);
    return task;
  };
  const counted = async ({ sandboxPath }: TaskRecord) =>
    (await readFile(join(sandboxPath!, 'count'), 'utf8').catch(() => '')).split('\n').length - 1;
  const types = async ({ taskId }: TaskRecord) => {
    const { body } = await service.get<{ items: { type: string }[] }>(
      `/v1/tasks/${taskId}/history?limit=200`,
    );
    return body.items.map(({ type }) => type);
  };

  const outputOf = async ({ taskId }: TaskRecord) =>
    (await service.get<{ source: string; state: string; output: string }>(`/v1/tasks/${taskId}/setup/output`))
      .body;

  it(
    'is seen while it runs, also by the service that comes after a kill, and all of it afterwards',
    async () => {
      const long = 'x'.repeat(99);
      const task = await begun(
        await create(
          `printf '\\033[31mfirst\\033[0m\\n'\n${WAITS}\nfor n in $(seq 100); do echo ${long}; done`,
        ),
      );
      await until('its first line', 30_000, async () => (await outputOf(task)).output === 'first\n');
      expect(await outputOf(task)).toEqual({ source: 'task', state: 'running', output: 'first\n' });
      await service.kill();
      await service.start();
      expect(await outputOf(task)).toEqual({ source: 'task', state: 'running', output: 'first\n' });
      await writeFile(join(task.sandboxPath!, 'go'), '');
      const running = await service.waitForStatus(task.taskId, 'running', 60_000);
      const all = `first\nset up\n${`${long}\n`.repeat(100)}`;
      expect(await outputOf(task)).toEqual({ source: 'task', state: 'done', output: all });
      expect(running.setup!.output).toBe(all.slice(-2_000));
      expect(await outputOf(await create(''))).toEqual({ source: null, state: null, output: null });
    },
    LIMIT_MS,
  );

  it(
    'runs once though the service is killed in its midst, and the agent starts when it has ended',
    async () => {
      const task = await begun(await create(WAITS));
      expect(task).toMatchObject({
        status: 'init_create_sandbox',
        statusMessage: 'Running the setup: echo begun >> count',
        setup: { source: 'task', state: 'running', output: null },
      });
      await service.kill();
      // It ends while nobody is there.
      await writeFile(join(task.sandboxPath!, 'go'), '');
      await until('the setup to end', 30_000, async () => processesMentioning(task.taskId).length === 0);
      await service.start();
      const running = await service.waitForStatus(task.taskId, 'running', 60_000);
      expect(running.setup).toEqual({ source: 'task', state: 'done', output: 'set up\n' });
      expect(await counted(running)).toBe(1);
      const told = await types(running);
      expect(told.filter((type) => type === 'SetupFinished')).toHaveLength(1);
      expect(told.indexOf('SetupFinished')).toBeLessThan(told.indexOf('AgentStarted'));
    },
    LIMIT_MS,
  );

  it(
    'is gone on with by the next service where it still runs',
    async () => {
      const task = await begun(await create(WAITS));
      await service.kill();
      await service.start();
      await writeFile(join(task.sandboxPath!, 'go'), '');
      const running = await service.waitForStatus(task.taskId, 'running', 60_000);
      expect(await counted(running)).toBe(1);
      expect(running.setup).toMatchObject({ state: 'done', output: 'set up\n' });
    },
    LIMIT_MS,
  );

  it(
    'fails with the end of its output, and a retry runs it again',
    async () => {
      const { taskId } = await create(
        'echo "looking for the file"\ntest -e go || { echo "no go" >&2; exit 3; }\necho found',
      );
      const failed = await service.waitForStatus(taskId, 'error', 60_000);
      expect(failed).toMatchObject({
        stage: 'run_setup',
        error: { stage: 'run_setup', attempts: 1, code: 'setup_failed' },
        setup: { state: 'failed', output: 'looking for the file\nno go\n' },
      });
      expect(failed.error!.reason).toContain('exit code 3');
      await writeFile(join(failed.sandboxPath!, 'go'), '');
      expect((await service.post(`/v1/tasks/${taskId}/retry`)).status).toBe(202);
      const running = await service.waitForStatus(taskId, 'running', 60_000);
      expect(running.setup).toMatchObject({ state: 'done', output: 'looking for the file\nfound\n' });
    },
    LIMIT_MS,
  );

  it(
    'is stopped by a kill, with all its processes',
    async () => {
      const task = await begun(await create(`sleep 1000 & setsid sleep 1000 &\n${WAITS}`));
      expect(processesMentioning(task.taskId).length).toBeGreaterThan(0);
      await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
      await service.waitForStatus(task.taskId, 'killed', 60_000);
      expect(processesMentioning(task.taskId)).toEqual([]);
    },
    LIMIT_MS,
  );
});
