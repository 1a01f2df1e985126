import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionRecord, TaskRecord } from '../../src/events/task/task-record.js';
import { makeRepository } from '../support/git-repository.js';
import { argumentsOf, processesMentioning } from '../support/processes.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

interface Transcript {
  messages: { role: string; text: string }[];
  state: string;
}

describe('sessions, with a real agent', () => {
  let service: ServiceProcess;
  let roots: string;
  let repoRemote: string;

  beforeAll(async () => {
    roots = await mkdtemp(join(tmpdir(), 'slipway-repos-'));
    repoRemote = await makeRepository(join(roots, 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: roots,
      // What shows here must show without an audit.
      SLIPWAY_AUDIT_EVERY_S: '0',
    });
  });
  afterAll(async () => {
    await service.dispose();
    await rm(roots, { recursive: true, force: true });
  });

  const sessionsOf = async (taskId: string) =>
    (await service.get<{ items: SessionRecord[] }>(`/v1/tasks/${taskId}/sessions`)).body.items;

  it('asked for before the sandbox exists, waits by itself and is then opened', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: 'look around', repoRemote });
    const asked = await service.post<SessionRecord>(`/v1/tasks/${task.taskId}/sessions`, {
      prompt: 'and again',
    });
    expect(asked.status).toBe(202);
    expect(['pending_provision', 'pending_session_create']).toContain(asked.body.state);
    const done = await service.waitForTask(task.taskId, (t) =>
      t.sessions.every(({ state }) => state === 'ready'),
    );
    expect(done.sessions.map(({ sessionId }) => sessionId)).toEqual([task.sessionId, asked.body.sessionId]);
    await service.post(`/v1/tasks/${task.taskId}/kill`);
    await service.waitForStatus(task.taskId, 'killed');
    expect((await sessionsOf(task.taskId)).map(({ state }) => state)).toEqual(['error', 'error']);
  });

  it('are opened with agents that are allowed only', async () => {
    const refused = {
      status: 422,
      body: {
        code: 'agent_not_allowed',
        errors: [{ field: 'agentType', message: expect.stringContaining('SLIPWAY_AGENTS') }],
      },
    };
    const wish = { task: 'be somebody else', repoRemote };
    expect(await service.post('/v1/tasks', { ...wish, agentType: 'claude' })).toMatchObject(refused);
    const { body: task } = await service.post('/v1/tasks', { ...wish, agentType: 'mock' });
    const path = `/v1/tasks/${task.taskId}/sessions`;
    expect(await service.post(path, { agentType: 'claude' })).toMatchObject(refused);
    expect(await sessionsOf(task.taskId)).toHaveLength(1);
    await service.post(`/v1/tasks/${task.taskId}/kill`);
  });

  it('whose agent died says so, and a further one can be asked for', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: 'die young', repoRemote });
    await service.waitForStatus(task.taskId, 'running');
    const path = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}/messages`;
    expect((await service.get<Transcript>(path)).body.messages[0]).toEqual({
      role: 'user',
      text: 'die young',
    });

    // Nobody reads its messages meanwhile.
    for (const pid of processesMentioning(task.taskId).filter(isMockAgent)) process.kill(pid, 'SIGKILL');
    const dead = await service.waitForTask(task.taskId, inError);
    expect(dead.sessions[0]!.error).toMatch(/agent .* has ended/);
    expect(dead.status).toBe('running');
    expect((await service.get<Transcript>(path)).body).toMatchObject({
      state: 'dead',
      messages: [{ role: 'user', text: 'die young' }, { role: 'agent' }],
    });

    const { body: again } = await service.post<SessionRecord>(`/v1/tasks/${task.taskId}/sessions`, {
      prompt: 'rise',
    });
    await service.waitForTask(task.taskId, (t) =>
      t.sessions.some(({ sessionId, state }) => sessionId === again.sessionId && state === 'ready'),
    );
    await service.post(`/v1/tasks/${task.taskId}/kill`);
    await service.waitForStatus(task.taskId, 'killed');
  });

  it('whose agent died while the service was away says so after the restart', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: 'die alone', repoRemote });
    await service.waitForStatus(task.taskId, 'running');
    await service.stop();
    for (const pid of processesMentioning(task.taskId).filter(isMockAgent)) process.kill(pid, 'SIGKILL');
    await service.start();
    await service.waitForTask(task.taskId, inError);
    await service.post(`/v1/tasks/${task.taskId}/kill`);
    await service.waitForStatus(task.taskId, 'killed');
  });

  it('can be read in every state of their task', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: 'be read', repoRemote });
    const path = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}/messages`;
    const read = () => service.get<Transcript>(path);
    expect((await read()).status).toBe(200);
    await service.waitForStatus(task.taskId, 'running');
    await until('the answer', 30_000, async () => (await read()).body.state === 'idle');
    const { messages } = (await read()).body;
    expect(messages.map(({ role }) => role)).toEqual(['user', 'agent']);

    const server = processesMentioning(task.taskId).find((pid) =>
      argumentsOf(pid)[0]?.endsWith('/sandbox-agent'),
    )!;
    process.kill(server, 'SIGSTOP');
    expect(await read()).toMatchObject({ status: 503, body: { code: 'agent_unreachable' } });
    process.kill(server, 'SIGCONT');
    expect(await read()).toMatchObject({ status: 200, body: { state: 'idle', messages } });
    expect((await sessionsOf(task.taskId))[0]!.state).toBe('ready');

    await service.post(`/v1/tasks/${task.taskId}/archive`);
    await service.waitForStatus(task.taskId, 'archived');
    expect(await read()).toMatchObject({ status: 200, body: { state: 'dead', messages } });
    await service.post(`/v1/tasks/${task.taskId}/kill`);
    await service.waitForStatus(task.taskId, 'killed');
    expect(await read()).toMatchObject({ status: 200, body: { state: 'unknown', messages: [] } });
  });
});

const inError = ({ sessions }: TaskRecord): boolean => sessions[0]!.state === 'error';
const isMockAgent = (pid: number): boolean => argumentsOf(pid).some((word) => word.includes('mock-agent'));
