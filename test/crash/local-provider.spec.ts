import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { git, makeRepository } from '../support/git-repository.js';
import { argumentsOf, processesMentioning } from '../support/processes.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 180_000;
const TASKS = 20;

/** The real thing: git, sandbox-agent processes, sessions. */
describe('the local provider under kill -9', () => {
  let service: ServiceProcess;
  let repository: string;

  beforeAll(async () => {
    repository = await makeRepository(join(await mkdtemp(join(tmpdir(), 'slipway-repos-')), 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: join(repository, '..'),
      SLIPWAY_BACKOFF_FIRST_MS: '200',
    });
  }, LIMIT_MS);

  afterAll(async () => {
    const { items } = (await service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200')).body;
    await Promise.all(
      items.map(({ taskId }) => service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true })),
    );
    await Promise.all(items.map(({ taskId }) => service.waitForStatus(taskId, 'killed', 60_000)));
    const strays = processesMentioning(join(service.dataDir, 'local'));
    await service.dispose();
    await rm(join(repository, '..'), { recursive: true, force: true });
    // Whatever was killed has left nothing behind.
    expect(strays).toEqual([]);
  }, LIMIT_MS);

  const create = (task: string) => service.post('/v1/tasks', { task, repoRemote: repository });

  it.each(['init_create_sandbox', 'init_create_session'] as const)(
    'killed in %s, the task reaches running by itself, with one checkout, one agent, one session',
    async (status) => {
      const { body } = await create(`kill me in ${status}`);
      await service.waitForTask(body.taskId, (task) => task.status === status || task.status === 'running');
      await service.kill();
      await service.start();
      const running = await service.waitForStatus(body.taskId, 'running', 60_000);
      expect(await git(running.sandboxPath!, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe(running.branchName);
      expect(running.sessions.map(({ state }) => state)).toEqual(['ready']);
      const said = await waitForAnswer(running);
      expect(said).toContain(`kill me in ${status}`);
      const servers = processesMentioning(running.taskId).filter((pid) => isAgentServer(pid));
      expect(servers).toHaveLength(1);
    },
    LIMIT_MS,
  );

  it(
    `${TASKS} tasks at once on one repository, killed twice on the way`,
    async () => {
      const answers = await Promise.all(Array.from({ length: TASKS }, (_, i) => create(`many ${i % 4}`)));
      const taskIds = answers.map(({ body }) => body.taskId);
      for (const share of [0.2, 0.6]) {
        await until(`${share * 100} % of the sandboxes`, 60_000, async () => {
          const made = await readdir(join(service.dataDir, 'local', 'sandboxes')).catch(() => []);
          return made.filter((name) => taskIds.includes(name)).length >= share * TASKS;
        });
        await service.kill();
        await service.start();
      }
      const tasks = await Promise.all(
        taskIds.map((taskId) => service.waitForStatus(taskId, 'running', 120_000)),
      );

      expect(new Set(tasks.map(({ branchName }) => branchName)).size).toBe(TASKS);
      const heads = await Promise.all(
        tasks.map((task) => git(task.sandboxPath!, 'rev-parse', '--abbrev-ref', 'HEAD')),
      );
      expect(heads).toEqual(tasks.map(({ branchName }) => branchName));
      const dirty = await Promise.all(tasks.map((task) => git(task.sandboxPath!, 'status', '--porcelain')));
      expect(dirty.filter((text) => text !== '')).toEqual([]);
      const servers = tasks.map(({ taskId }) => processesMentioning(taskId).filter(isAgentServer).length);
      expect(servers).toEqual(tasks.map(() => 1));
      expect((await Promise.all(tasks.map(waitForAnswer))).filter((said) => said === '')).toEqual([]);
    },
    LIMIT_MS,
  );

  async function waitForAnswer(task: TaskRecord): Promise<string> {
    let said = '';
    await until(`the answer of ${task.taskId}`, 30_000, async () => {
      const path = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}/messages`;
      const { body } = await service.get<{ messages: { role: string; text: string }[]; state: string }>(path);
      const answers = body.messages.filter(({ role }) => role === 'agent');
      said = answers.map(({ text }) => text).join('');
      return body.state === 'idle' && answers.length > 0;
    });
    return said;
  }
});

/** The agent server itself, not the shells and namespaces that led to it or the agents below it. */
const isAgentServer = (pid: number): boolean => argumentsOf(pid)[0]?.endsWith('/sandbox-agent') ?? false;
