import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionSummary } from '../../src/events/session/session-summary.js';
import { makeRepository } from '../support/git-repository.js';
import { argumentsOf, processesMentioning } from '../support/processes.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

describe("a session's queue", () => {
  let service: ServiceProcess;
  let roots: string;
  let repoRemote: string;

  beforeAll(async () => {
    roots = await mkdtemp(join(tmpdir(), 'slipway-repos-'));
    repoRemote = await makeRepository(join(roots, 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: roots,
      // As by default.
      SLIPWAY_LOCAL_USERS: 'true',
    });
  });
  afterAll(async () => {
    await service.dispose();
    await rm(roots, { recursive: true, force: true });
  });

  /** A task whose agent is at work and goes on for a minute. */
  async function atWork() {
    const { body: task } = await service.post('/v1/tasks', { task: '!sleep 60000', repoRemote });
    await service.waitForTask(task.taskId, ({ activity }) => activity === 'working');
    const session = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}`;
    return { ...task, session };
  }

  it('takes as many prompts as it has room for, however many are asked at once, and refuses the rest clearly', async () => {
    const { taskId, session } = await atWork();
    const answers = await Promise.all(
      Array.from({ length: 105 }, (_, n) =>
        service.post<{ code?: string }>(`${session}/prompts`, { text: `!say ${n}` }),
      ),
    );
    const outcomes = answers.map(({ status, body }) => body.code ?? status);
    expect(outcomes.filter((each) => each === 202)).toHaveLength(100);
    expect(outcomes.filter((each) => each === 'too_many_prompts')).toHaveLength(5);
    expect((await service.client.getTask(taskId)).sessions[0]?.queuedPrompts).toBe(100);
    await service.post(`${session}/cancel`);
    await service.waitForIdle(taskId, 60_000);
    const { body } = await service.get<{ items: { state: string }[] }>(`${session}/prompts`);
    expect(body.items.filter(({ state }) => state === 'done')).toHaveLength(100);
    await service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(taskId, 'killed');
  });

  interface Listed {
    readonly items: { readonly text: string; readonly state: string }[];
  }
  interface Transcript {
    readonly items: {
      readonly kind: string;
      readonly code?: string;
      readonly text?: string;
      readonly by?: string;
    }[];
  }

  it('knows a key again when a hundred prompts and more have come after it, and asks nothing twice', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: '!say first', repoRemote });
    await service.waitForIdle(task.taskId);
    const session = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}`;
    const keyed = () =>
      service.post(`${session}/prompts`, { text: '!say once' }, { 'idempotency-key': 'the-key' });
    const { body: prompt } = await keyed();
    for (const many of [90, 20, 1]) {
      const more = () => service.post(`${session}/prompts`, { text: '!say more' });
      await Promise.all(Array.from({ length: many }, more));
      await service.waitForIdle(task.taskId, 60_000);
    }
    const { body: listed } = await service.get<Listed>(`${session}/prompts`);
    expect(listed.items.filter(({ text }) => text === '!say once')).toEqual([]);
    expect(await keyed()).toMatchObject({
      status: 202,
      body: { ...prompt, state: 'done', position: null },
    });
    await service.waitForIdle(task.taskId);
    expect((await service.client.getTask(task.taskId)).sessions[0]).toMatchObject({ queuedPrompts: 0 });
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'killed');
  });

  it('ends with a kill: what waits is taken back and said to be, and nothing can be asked after it', async () => {
    const { taskId, session } = await atWork();
    await service.post(`${session}/prompts`, { text: 'never' });
    await service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true });
    const killed = await service.waitForStatus(taskId, 'killed');
    expect(killed.sessions[0]).toMatchObject({ activity: 'ended', queuedPrompts: 0, unsurePrompts: 0 });
    const { body } = await service.get<Listed>(`${session}/prompts`);
    expect(body.items.map(({ text, state }) => [text, state])).toEqual([
      ['!sleep 60000', 'failed'],
      ['never', 'withdrawn'],
    ]);
    await until('the transcript to have its end', 10_000, async () => {
      const { body: transcript } = await service.get<Transcript>(`${session}/transcript`);
      return transcript.items.some(
        ({ code, text }) => code === 'session_ended' && text!.includes('1 prompt'),
      );
    });
    expect(await service.post(`${session}/prompts`, { text: 'too late' })).toMatchObject({
      status: 409,
      body: { code: 'session_is_over' },
    });
  });

  it('outlives an archive: what waits is sent when the task is resumed, once, or is taken back when it is killed', async () => {
    const { taskId, session } = await atWork();
    await service.post(`${session}/prompts`, { text: '!say after the pause' });
    await service.post(`/v1/tasks/${taskId}/archive`, { discardChanges: true });
    const archived = await service.waitForStatus(taskId, 'archived');
    expect(archived.sessions[0]).toMatchObject({ activity: 'ended', queuedPrompts: 1 });
    await service.kill();
    await service.start();
    await service.post(`/v1/tasks/${taskId}/resume`);
    await service.waitForIdle(taskId);
    const states = async () =>
      (await service.get<Listed>(`${session}/prompts`)).body.items.map(({ state }) => state);
    expect(await states()).toEqual(['failed', 'done']);

    await service.post(`${session}/prompts`, { text: '!sleep 60000' });
    await service.waitForTask(taskId, ({ activity }) => activity === 'working');
    await service.post(`${session}/prompts`, { text: 'never' });
    await service.post(`/v1/tasks/${taskId}/archive`, { discardChanges: true });
    await service.waitForStatus(taskId, 'archived');
    await service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true });
    const killed = await service.waitForStatus(taskId, 'killed');
    expect(killed.sessions[0]?.queuedPrompts).toBe(0);
    expect(await states()).toEqual(['failed', 'done', 'failed', 'withdrawn']);
  });

  it('calls for nobody and does not seem to rest while it goes on by itself, also with an agent that has to be started again', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: '!say hello', repoRemote });
    expect(task.activity).toBe('starting');
    await service.waitForIdle(task.taskId);
    for (const pid of processesMentioning(task.taskId).filter(isMockAgent)) process.kill(pid, 'SIGKILL');
    await service.waitForTask(task.taskId, ({ activity }) => activity === 'lost');
    const session = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}`;
    const texts = ['!sleep 100', '!sleep 100', '!sleep 100'];
    for (const text of texts) await service.post(`${session}/prompts`, { text });
    const { position } = await service.waitForIdle(task.taskId);
    const { body } = await service.get<{ items: { type: string; data: { summary?: SessionSummary } }[] }>(
      `/v1/tasks/${task.taskId}/history?limit=200&minPosition=${position}`,
    );
    const told = body.items.flatMap(({ data }) => data.summary ?? []);
    const wanted = told.filter(({ queuedPrompts }) => queuedPrompts > 0).map(({ activity }) => activity);
    expect(wanted.length).toBeGreaterThan(2);
    expect(wanted.filter((activity) => activity !== 'starting' && activity !== 'working')).toEqual([]);
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'killed');
  });
});

const isMockAgent = (pid: number): boolean => argumentsOf(pid).some((word) => word.includes('mock-agent'));
