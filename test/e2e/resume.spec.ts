import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionRecord, TaskRecord } from '../../src/events/task/task-record.js';
import { makeRepository } from '../support/git-repository.js';
import { processesMentioning } from '../support/processes.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

interface Prompt {
  promptId: string;
  text: string;
  state: string;
}
interface SessionFact {
  type: string;
  data: { how?: string; text?: string };
}

describe('a task that is resumed, with a real agent', () => {
  let service: ServiceProcess;
  let roots: string;
  let repoRemote: string;

  beforeAll(async () => {
    roots = await mkdtemp(join(tmpdir(), 'slipway-repos-'));
    repoRemote = await makeRepository(join(roots, 'shop'));
    service = await ServiceProcess.start({ SLIPWAY_PROVIDERS: 'local', SLIPWAY_LOCAL_REPO_ROOTS: roots });
  });
  afterAll(async () => {
    await service.dispose();
    await rm(roots, { recursive: true, force: true });
  });

  const sessionPath = ({ taskId, sessionId }: TaskRecord) => `/v1/tasks/${taskId}/sessions/${sessionId}`;
  const ask = async (task: TaskRecord, text: string) => {
    const { status, body } = await service.post<Prompt>(`${sessionPath(task)}/prompts`, { text });
    expect(status).toBe(202);
    return body.promptId;
  };
  const hasEnded = (task: TaskRecord, promptId: string) =>
    until(`the end of prompt ${promptId}`, 30_000, async () => {
      const { body } = await service.get<{ items: Prompt[] }>(`${sessionPath(task)}/prompts`);
      return body.items.some((each) => each.promptId === promptId && each.state === 'done');
    });
  const factsOf = async ({ sessionId }: TaskRecord) => {
    const { stdout } = await runCli(['streams', 'show', `session-${sessionId}`, '--json'], {
      SLIPWAY_DATA_DIR: service.dataDir,
    });
    return JSON.parse(stdout) as SessionFact[];
  };
  const act = async (task: TaskRecord, action: string) =>
    service.post<TaskRecord>(
      `/v1/tasks/${task.taskId}/${action}`,
      action === 'resume' ? undefined : { discardChanges: true },
    );
  const session = async (task: TaskRecord) => (await service.get<SessionRecord>(sessionPath(task))).body;

  it('goes on in the same checkout, and its agent with what it knew', async () => {
    const { body: task } = await service.post('/v1/tasks', {
      task: '!write kept.txt from before',
      repoRemote,
      permissionPolicy: 'allow_all',
    });
    const { sandboxPath } = await service.waitForStatus(task.taskId, 'running');
    await until('the file', 30_000, async () => existsSync(join(sandboxPath!, 'kept.txt')));
    await until('the turn to end', 30_000, async () => (await session(task)).activity === 'idle');

    expect(await act(task, 'resume')).toMatchObject({ status: 202, body: { status: 'running' } });
    await act(task, 'archive');
    await service.waitForStatus(task.taskId, 'archived');
    // What is changed in the checkout is looked at once more when a task is archived: that ends by itself.
    await until('its last process to end', 30_000, () => processesMentioning(task.taskId).length === 0);
    expect(await service.post(`${sessionPath(task)}/prompts`, { text: 'are you there?' })).toMatchObject({
      status: 409,
      body: { code: 'session_is_over', detail: expect.stringContaining('Resume the task') },
    });

    expect(await act(task, 'resume')).toMatchObject({ status: 202, body: { status: 'init_ensure_agent' } });
    // Also before its agent is there.
    const promptId = await ask(task, '!say and again');
    const resumed = await service.waitForStatus(task.taskId, 'running');
    expect(resumed).toMatchObject({ sandboxPath, sessions: [{ state: 'ready', error: null }] });
    await hasEnded(task, promptId);
    expect(await readFile(join(sandboxPath!, 'kept.txt'), 'utf8')).toContain('from before');

    const facts = await factsOf(task);
    expect(facts.flatMap(({ type, data }) => (type === 'AgentResumed' ? data.how : []))).toEqual([
      'new',
      'load',
    ]);
    expect(facts.filter(({ type }) => type === 'PromptSent')).toHaveLength(2);
    expect(facts.some(({ type, data }) => type === 'AgentSaid' && data.text?.includes('and again'))).toBe(
      true,
    );
  });

  it('goes on at once however soon it is resumed, and after a restart of the service', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: '!say hello', repoRemote });
    for (let round = 1; round <= 2; round++) {
      await service.waitForStatus(task.taskId, 'running');
      await until('the turn to end', 30_000, async () => (await session(task)).activity === 'idle');
      await act(task, 'archive');
      await service.waitForStatus(task.taskId, 'archived');
      await act(task, 'resume');
    }
    await service.kill();
    await service.start();
    await service.waitForStatus(task.taskId, 'running');
    await hasEnded(task, await ask(task, '!say once more'));
    await until('the session to be at rest', 30_000, async () => (await session(task)).activity === 'idle');
  });

  it('is none that was killed', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: '!say hello', repoRemote });
    await act(task, 'kill');
    await service.waitForStatus(task.taskId, 'killed');
    expect(await act(task, 'resume')).toMatchObject({ status: 409, body: { code: 'not_resumable' } });
  });
});
