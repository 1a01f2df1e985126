import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecidedTask, inOrder } from '../../../test/support/decided-task.js';
import { HISTORIES, created, killRequested, taskKilled } from '../../../test/support/task-history.js';
import type { StoredEvent } from '../../events/stored-event.js';
import type { TaskEvent } from '../../events/task/task-events.js';
import type { SandboxProvider } from '../../providers/sandbox-provider.js';
import { createSimulatedProvider } from '../../providers/simulated/simulated-provider.js';
import { auditSandboxes, reap } from './audit-sandboxes.js';

describe('the audit of sandboxes', () => {
  let folder: string;
  let provider: SandboxProvider;
  let events: StoredEvent[];
  const signal = new AbortController().signal;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-audit-'));
    provider = createSimulatedProvider({ file: join(folder, 'sandboxes') });
    events = [];
  });
  afterEach(async () => {
    await provider.close();
    await rm(folder, { recursive: true, force: true });
  });

  const store = {
    readStream: (stream: string) => inOrder(events.filter((event) => event.stream === stream)),
  };
  const audit = (history = events) => auditSandboxes(inOrder(history), store, [provider]);

  /** A task with this history, and its sandbox at the provider. */
  async function task(history: readonly TaskEvent[], sandbox: 'none' | 'made' | 'running' = 'none') {
    const taskId = randomUUID();
    const recorded = new DecidedTask(taskId);
    recorded.append(
      history.map((event): TaskEvent => {
        if (event.type === 'TaskCreated') return created({ taskId });
        if (event.type !== 'SandboxCreated') return event;
        return { type: 'SandboxCreated', data: { ...event.data, sandboxId: `sim-${taskId}` } };
      }),
    );
    events.push(...recorded.events);
    await make(taskId, sandbox);
    return recorded;
  }

  async function make(taskId: string, sandbox: 'none' | 'made' | 'running') {
    if (sandbox === 'none') return;
    const { sandboxId } = await provider.createSandbox(
      { taskId, repoRemote: 'https://x/y', branchName: 'b' },
      signal,
    );
    if (sandbox === 'running') await provider.ensureAgent({ taskId, sandboxId, agentType: 'mock' }, signal);
  }

  it('finds nothing where all is as the events say', async () => {
    await task(HISTORIES.running, 'running');
    await task(HISTORIES.init_create_sandbox);
    await task(HISTORIES.archived, 'made');
    await task(HISTORIES.killed);
    expect(await audit()).toEqual({
      providers: [{ providerId: 'simulated', sandboxes: 2 }],
      tasks: 3,
      findings: [],
      notAudited: {},
      unreadable: [],
    });
  });

  it('names an orphan, a missing one and one that still runs, and reaps what nobody owns', async () => {
    const stranger = randomUUID();
    await make(stranger, 'running');
    const killed = await task(HISTORIES.killed, 'made');
    const archived = await task(HISTORIES.archived, 'running');
    const missing = await task(HISTORIES.running);
    const alive = await task(HISTORIES.running, 'running');
    const { findings } = await audit();
    const found = Object.fromEntries(findings.map((f) => [f.taskId, [f.difference, f.status]]));
    expect(found).toEqual({
      [stranger]: ['orphan', null],
      [killed.taskId]: ['orphan', 'killed'],
      [archived.taskId]: ['still_running', 'archived'],
      [missing.taskId]: ['missing', 'running'],
    });
    for (const finding of findings.filter(({ difference }) => difference !== 'missing'))
      expect(await reap(finding, store, provider)).toBe(true);
    const left = await provider.listSandboxes(signal);
    expect(left.map(({ taskId, running }) => [taskId, running]).sort()).toEqual(
      [
        [archived.taskId, false],
        [alive.taskId, true],
      ].sort(),
    );
    expect((await audit()).findings.map(({ difference }) => difference)).toEqual(['missing']);
  });

  it('takes what is just being made or killed for no difference', async () => {
    const before = [...events];
    await task(HISTORIES.running, 'running');
    expect((await audit(before)).findings).toEqual([]);
    const dying = await task(HISTORIES.running, 'running');
    const alive = [...events];
    dying.append([killRequested(), taskKilled()]);
    events.push(...dying.events.slice(-2));
    expect((await audit(alive)).findings).toEqual([]);
    expect((await audit()).findings).toMatchObject([{ difference: 'orphan' }]);
  });

  it('looks once more before it reaps', async () => {
    const recorded = await task([], 'none');
    await make(recorded.taskId, 'made');
    const { findings } = await audit();
    recorded.append([created({ taskId: recorded.taskId })]);
    events.push(...recorded.events);
    expect(await reap(findings[0]!, store, provider)).toBe(false);
    expect(await provider.listSandboxes(signal)).toHaveLength(1);
  });

  it('counts a sandbox as owned when its task cannot be read, and says so', async () => {
    const recorded = await task(HISTORIES.running, 'running');
    events.push({ ...recorded.events[0]!, revision: 99n, type: 'TaskNamed', data: {} });
    expect(await audit()).toMatchObject({ findings: [], unreadable: [recorded.taskId] });
  });

  it('says which provider does not answer and which is not configured', async () => {
    await task(HISTORIES.running);
    const dead = { ...provider, id: 'dead', listSandboxes: () => Promise.reject(new Error('no route')) };
    const result = await auditSandboxes(inOrder(events), store, [dead as SandboxProvider]);
    expect(result.providers).toEqual([{ providerId: 'dead', sandboxes: 0, problem: 'no route' }]);
    expect(result.notAudited).toEqual({ simulated: 1 });
  });
});
