import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
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

interface Option {
  readonly optionId: string;
  readonly kind: string;
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
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'killed');
    expect((await sessionsOf(task.taskId)).map(({ state }) => state)).toEqual(['ended', 'ended']);
  });

  it('are opened with agents that are allowed only', async () => {
    const refused = {
      status: 422,
      body: {
        code: 'agent_not_allowed',
        errors: [{ field: 'agentType', message: expect.stringContaining('SLIPWAY_AGENTS') }],
      },
    };
    const { items, defaultAgent } = await service.client.listProviders();
    expect(items.map(({ providerId }) => providerId)).toEqual(['local']);
    expect(items[0]!.agents).toContain(defaultAgent);
    expect(items[0]!.agents).not.toContain('claude');
    const wish = { task: 'be somebody else', repoRemote };
    expect(await service.post('/v1/tasks', { ...wish, agentType: 'claude' })).toMatchObject(refused);
    const { body: task } = await service.post('/v1/tasks', { ...wish, agentType: 'mock' });
    const path = `/v1/tasks/${task.taskId}/sessions`;
    expect(await service.post(path, { agentType: 'claude' })).toMatchObject(refused);
    expect(await sessionsOf(task.taskId)).toHaveLength(1);
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
  });

  it('whose agent died say so, and the next prompt takes them up with what the agent knew', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: 'die young', repoRemote });
    await service.waitForIdle(task.taskId);
    const session = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}`;
    const read = async () => (await service.get<Transcript>(`${session}/messages`)).body;
    const { messages } = await read();
    expect(messages).toEqual([
      { role: 'user', text: 'die young' },
      { role: 'agent', text: expect.stringMatching(/\w/) },
    ]);

    // Nobody reads its messages meanwhile.
    for (const pid of processesMentioning(task.taskId).filter(isMockAgent)) process.kill(pid, 'SIGKILL');
    const lost = await service.waitForTask(task.taskId, isLost);
    expect(lost).toMatchObject({ status: 'running', activity: 'lost', needsYou: false });
    expect(await read()).toEqual({ state: 'dead', messages });

    await service.post(`${session}/prompts`, { text: '!say risen' });
    await service.waitForIdle(task.taskId);
    expect(await read()).toEqual({
      state: 'idle',
      messages: [
        ...messages,
        { role: 'user', text: '!say risen' },
        { role: 'agent', text: expect.stringContaining('risen') },
      ],
    });
    const { body } = await service.get<{ items: { kind: string; how?: string }[] }>(
      `${session}/transcript?minPosition=${(await service.client.getTask(task.taskId)).position}`,
    );
    expect(body.items.map(({ how }) => how)).toContain('load');
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'killed');
  });

  it('whose agent died while the service was away say so after the restart', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: 'die alone', repoRemote });
    await service.waitForIdle(task.taskId);
    await service.stop();
    for (const pid of processesMentioning(task.taskId).filter(isMockAgent)) process.kill(pid, 'SIGKILL');
    await service.start();
    await service.waitForTask(task.taskId, isLost);
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'killed');
  });

  it('wait for answers over a kill -9, and tell who answered', async () => {
    const { body: task } = await service.post('/v1/tasks', {
      task: '!write notes.md remember\n!say written',
      repoRemote,
    });
    const asks = ({ activity }: TaskRecord) => activity === 'waiting_for_permission';
    expect(await service.waitForTask(task.taskId, asks)).toMatchObject({ needsYou: true });
    await service.kill();
    await service.start();
    const session = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}`;
    const { body } = await service.get<{ items: { permissionId: string; options: Option[] }[] }>(
      `${session}/permissions?state=pending`,
    );
    const [{ permissionId, options }] = body.items as [{ permissionId: string; options: Option[] }];
    const { optionId } = options.find(({ kind }) => kind === 'allow_once')!;
    const path = `${session}/permissions/${permissionId}/answer`;
    expect(await service.post(path, { optionId: 'nonsense' })).toMatchObject({
      status: 400,
      body: { code: 'unknown_option' },
    });
    expect(await service.post(path, { optionId })).toMatchObject({
      status: 202,
      body: { state: 'answered', answer: optionId, by: 'person' },
    });
    expect(await service.post(path, { optionId })).toMatchObject({
      status: 409,
      body: { code: 'permission_answered' },
    });
    const { sandboxPath } = await service.waitForIdle(task.taskId);
    expect(await readFile(join(sandboxPath!, 'notes.md'), 'utf8')).toContain('remember');
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'killed');
  });

  it('queue what is asked, take it back, and stop; each prompt is sent once, also over a kill -9', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: '!sleep 60000', repoRemote });
    await service.waitForTask(task.taskId, ({ activity }) => activity === 'working');
    const session = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}`;
    const ask = (text: string, key?: string) =>
      service.post<{ promptId: string; position: number }>(
        `${session}/prompts`,
        { text },
        key === undefined ? {} : { 'idempotency-key': key },
      );
    const first = await ask('!say one', 'key-1');
    expect(await ask('!say one', 'key-1')).toMatchObject({ status: 202, body: first.body });
    expect(await ask('!say other', 'key-1')).toMatchObject({ status: 422 });
    expect((await ask('!say two')).body.position).toBe(2);
    const third = await ask('!say three');
    const withdrawn = await service.delete(`${session}/prompts/${third.body.promptId}`);
    expect(withdrawn).toMatchObject({ status: 200, body: { state: 'withdrawn' } });
    await service.kill();
    await service.start();
    expect((await service.post(`${session}/cancel`)).status).toBe(202);
    await service.waitForIdle(task.taskId);
    const { messages } = (await service.get<Transcript>(`${session}/messages`)).body;
    expect(messages.filter(({ role }) => role === 'user').map(({ text }) => text)).toEqual([
      '!sleep 60000',
      '!say one',
      '!say two',
    ]);
    const { body } = await service.get<{ items: { state: string }[] }>(`${session}/prompts`);
    expect(body.items.map(({ state }) => state)).toEqual(['cancelled', 'done', 'done', 'withdrawn']);
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'killed');
  });

  it('say it when their agent has no such mode or model, and are refused where that is known before', async () => {
    const { body: task } = await service.post('/v1/tasks', {
      task: '!say hello',
      repoRemote,
      modeId: 'nonsense',
      model: 'mock-large',
    });
    const { sessions } = await service.waitForIdle(task.taskId);
    expect(sessions[0]).toMatchObject({ modeId: 'ask', model: 'mock-large' });
    const path = `/v1/tasks/${task.taskId}/sessions`;
    const { body } = await service.get<{ items: { kind: string; code?: string; text?: string }[] }>(
      `${path}/${task.sessionId}/transcript?minPosition=${(await service.client.getTask(task.taskId)).position}`,
    );
    expect(body.items.filter(({ code }) => code === 'setting_refused')).toEqual([
      expect.objectContaining({ kind: 'notice', text: expect.stringMatching(/no mode "nonsense".*ask/) }),
    ]);
    expect(await service.post(path, { prompt: '!say more', modeId: 'nonsense' })).toMatchObject({
      status: 400,
      body: {
        code: 'unknown_choice',
        errors: [{ field: 'modeId', message: expect.stringContaining('ask') }],
      },
    });
    expect(await service.post(path, { prompt: '!say more', modeId: 'auto' })).toMatchObject({ status: 202 });
    expect(await service.post(`${path}/${task.sessionId}/cancel`, { hard: true })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'hard' }] },
    });
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'killed');
  });

  it('can be read in every state of their task, and whatever the provider does', async () => {
    const { body: task } = await service.post('/v1/tasks', { task: 'be read', repoRemote });
    const path = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}/messages`;
    const read = () => service.get<Transcript>(path);
    expect((await read()).status).toBe(200);
    await service.waitForIdle(task.taskId);
    const { messages } = (await read()).body;
    expect(messages.map(({ role }) => role)).toEqual(['user', 'agent']);

    const server = processesMentioning(task.taskId).find((pid) =>
      argumentsOf(pid)[0]?.endsWith('/sandbox-agent'),
    )!;
    process.kill(server, 'SIGSTOP');
    expect(await read()).toMatchObject({ status: 200, body: { state: 'idle', messages } });
    process.kill(server, 'SIGCONT');

    await service.post(`/v1/tasks/${task.taskId}/archive`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'archived');
    const isOver = async () => (await read()).body.state === 'dead';
    await until('the session to be over', 30_000, isOver);
    expect(await read()).toMatchObject({ status: 200, body: { messages } });
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'killed');
    expect(await read()).toMatchObject({ status: 200, body: { state: 'dead', messages } });
  });
});

const isLost = ({ sessions }: TaskRecord): boolean => sessions[0]!.activity === 'lost';
const isMockAgent = (pid: number): boolean => argumentsOf(pid).some((word) => word.includes('mock-agent'));
