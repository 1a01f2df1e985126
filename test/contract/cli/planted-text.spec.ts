import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pino } from 'pino';
import { EventStoreDb } from '../../../src/store/eventstore-db.js';
import { createSimulatedProvider } from '../../../src/providers/simulated/simulated-provider.js';
import { COMMAND_GROUPS } from '../../../src/cli/command-groups.js';
import { readRuntime } from '../../../src/app/runtime-file.js';
import { runCli } from '../../support/run-cli.js';
import { ServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';

/** Clears the screen, sets a title, turns the text round, and begins a line that looks like one of ours. */
const PLANTED = 'plant\x1b[2J\x1b]0;x\x07\x9b31m\x7f\u202e\u2066\u2028\r\nfake-line';
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066\u2028]/;
const taskId = randomUUID();
const projectId = randomUUID();
const stream = `task-${taskId}`;
const plantedStream = `note-${PLANTED}`;

const NOWHERE = 'esdb://127.0.0.1:1?tls=false';

/** Every command with arguments that have it show what was planted; for those that need another store, an error. */
const COMMANDS: Record<string, string[]> = {
  'tasks create': [PLANTED, '--repo', 'https://git.example.com/acme/shop.git', '--title', PLANTED],
  'tasks list': [],
  'tasks show': [taskId],
  'tasks watch': [taskId],
  'tasks retry': [taskId],
  'tasks archive': [taskId],
  'tasks resume': [taskId],
  'tasks kill': [taskId],
  'tasks erase': [taskId],
  'sessions list': [taskId],
  'sessions show': [taskId, '--session', PLANTED],
  'sessions prompt': [taskId, PLANTED, '--session', PLANTED],
  'sessions prompts': [taskId, '--session', PLANTED],
  'sessions withdraw': [taskId, PLANTED, '--session', PLANTED],
  'sessions resend': [taskId, PLANTED, '--session', PLANTED],
  'sessions cancel': [taskId, '--session', PLANTED],
  'sessions permissions': [taskId, '--session', PLANTED],
  'sessions answer': [taskId, PLANTED, PLANTED, '--session', PLANTED],
  'sessions watch': [taskId, '--session', PLANTED, '--no-follow'],
  'sessions settings': [taskId, '--session', PLANTED],
  'kept list': ['--workspace', PLANTED],
  'kept fetch': [PLANTED],
  'kept delete': [PLANTED],
  'projects list': [],
  'projects show': [projectId],
  'projects set': [projectId, '--setup', PLANTED],
  'credentials set': [PLANTED],
  'credentials list': ['--workspace', PLANTED],
  'credentials delete': [PLANTED],
  'tokens bootstrap': [],
  'tokens create': [PLANTED, '--role', 'viewer'],
  'tokens list': [],
  'tokens revoke': [PLANTED],
  'logins list': [],
  'logins end': [PLANTED],
  'workspaces list': [],
  'workspaces show': [PLANTED],
  'workspaces limit': [PLANTED, '--live-tasks', '3'],
  'workspaces usage': [PLANTED],
  'webhooks list': [],
  'webhooks create': [PLANTED],
  'webhooks show': [PLANTED],
  'webhooks pause': [PLANTED],
  'webhooks resume': [PLANTED],
  'webhooks delete': [PLANTED],
  'webhooks replay': [PLANTED, '--after', '0'],
  'webhooks deliveries': [PLANTED],
  'webhooks test': [PLANTED],
  audit: [],
  'streams list': [],
  'streams show': [stream, '--full'],
  'streams tail': ['--no-follow', '--last', '100', '--full'],
  'replay task': [taskId, '--step'],
  'replay diff': [taskId, '--from', '1'],
  'replay saga': [],
  'projections status': [PLANTED],
  'projections verify': [PLANTED],
  'projections rebuild': [PLANTED],
  'events export': [],
  'events import': ['--in', PLANTED, '--to', NOWHERE],
  'events copy': ['--to', PLANTED],
  'parked list': [],
  'parked replay': [PLANTED],
  'parked discard': [],
  'sandboxes audit': [],
  'sandboxes reap': [],
};
/** They begin or restore a service, look at the machine, or hand a sandbox's own output on: tests of their own try those. */
const TRIED_ELSEWHERE = new Set(
  [
    'up',
    'demo',
    'doctor',
    'completion',
    'backup',
    'restore',
    'chat',
    'changes',
    'logs',
    'shell',
    'forward',
  ].concat('push', 'pr'),
);

describe('what somebody planted in names, prompts, reasons and events', () => {
  let service: ServiceProcess;

  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_AUDIT_EVERY_S: '1' });
    const { eventStoreUrl } = (await readRuntime(service.dataDir))!;
    const store = new EventStoreDb(eventStoreUrl, pino({ level: 'silent' }));
    const at = new Date().toISOString();
    const planted = (type: string, data: object, schemaVersion: unknown = 1) => ({
      ...{ id: randomUUID(), type, data: { ...data, at } },
      metadata: { schemaVersion, actor: PLANTED },
    });
    const stage = { stage: 'create_sandbox', attempt: 1 };
    const failure = { code: 'git_failed', reason: PLANTED };
    await store.append(
      stream,
      [
        planted('TaskCreated', {
          ...{ taskId, workspaceId: 'default', projectId, repoRemote: PLANTED, task: PLANTED },
          ...{ title: PLANTED, branchName: PLANTED, onBranch: PLANTED, providerId: 'simulated' },
          ...{ agentType: PLANTED, sessionId: PLANTED },
        }),
        planted('StageStarted', { stage: 'ensure_name', attempt: 1 }),
        planted('TaskNamed', { title: PLANTED, branchName: PLANTED }),
        planted('StageStarted', stage),
        planted('StageFailed', { ...stage, ...failure, retryable: false }),
        planted('ProvisioningFailed', { stage: 'create_sandbox', attempts: 1, ...failure }),
      ],
      'no_stream',
    );
    await store.append(`task-${randomUUID()}`, [planted('TaskCreated', {}, PLANTED)], 'no_stream');
    await store.append(plantedStream, [planted(PLANTED, { [PLANTED]: PLANTED })], 'no_stream');
    await store.close();
    const orphans = createSimulatedProvider({ file: join(service.dataDir, 'simulated', 'sandboxes') });
    await orphans.createSandbox(
      { taskId: randomUUID(), repoRemote: '', branchName: '' },
      AbortSignal.timeout(5_000),
    );
    await orphans.close();
    await until('the message is parked', 30_000, async () =>
      (await run('parked', 'list')).stdout.includes('TaskCreated'),
    );
    await until('the task is listed', 30_000, async () =>
      (await run('tasks', 'list')).stdout.includes(taskId),
    );
  });
  afterAll(() => service.dispose());

  const run = (...args: string[]) =>
    runCli(args, { SLIPWAY_DATA_DIR: service.dataDir, SLIPWAY_PROVIDERS: 'simulated' });

  it('is tried on every command that there is', async () => {
    const all: string[] = [];
    // One after the other: Jest's loader takes no two at a time.
    for (const [name, { load }] of Object.entries(COMMAND_GROUPS)) {
      if (TRIED_ELSEWHERE.has(name)) continue;
      const { commands } = await load();
      all.push(...(commands.length === 0 ? [name] : commands.map((command) => `${name} ${command.name()}`)));
    }
    expect(Object.keys(COMMANDS).sort()).toEqual(all.sort());
  });

  it.each(Object.entries(COMMANDS))(
    'does nothing to the terminal, nor looks like a line: %s %j',
    async (name, args) => {
      for (const json of [[], ['--json']]) {
        const { stdout, stderr } = await run(...name.split(' '), ...json, ...args);
        expect(stdout + stderr).not.toMatch(OBEYED);
        expect(stdout).not.toMatch(/^fake-line/m);
        if (!MAY_SHOW_NOTHING.has(name)) expect(stdout + stderr).toContain('plant');
      }
    },
  );

  it('is in the log as escaped JSON', () => {
    expect(service.log).toContain('message parked');
    expect(service.log).not.toMatch(OBEYED);
  });
});

/** They show counts, ids and words of ours only, or may do so. */
const MAY_SHOW_NOTHING: ReadonlySet<string> = new Set([
  ...['sandboxes audit', 'sandboxes reap', 'projections status', 'parked replay', 'events import'],
  'tasks retry',
  // The second time it may have failed already.
  'tasks resume',
  'tokens bootstrap',
  'tokens create',
  'tokens revoke',
  'logins list',
  'logins end',
  'kept fetch',
  'kept list',
  'kept delete',
  'parked discard',
  'workspaces list',
  'webhooks list',
  'webhooks create',
]);
