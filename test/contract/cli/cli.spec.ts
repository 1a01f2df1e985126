import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { OperatorsStore } from '../../../src/store/store-admin.js';
import type { TaskRecord } from '../../../src/events/task/task-record.js';
import { createSimulatedProvider } from '../../../src/providers/simulated/simulated-provider.js';
import { readRuntime } from '../../../src/app/runtime-file.js';
import { runCli, startCli } from '../../support/run-cli.js';
import { ServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';

const REMOTE = 'https://git.example.com/acme/shop.git';

interface ShownEvent {
  type: string;
  position: string;
  stream: string;
}

/** One after the other, on one service: each test finds what the ones before it have left. */
describe('slipway, beside a running service', () => {
  let service: ServiceProcess;
  let store: OperatorsStore;
  let task: TaskRecord;

  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_AUDIT_EVERY_S: '1' });
    const { eventStoreUrl } = (await readRuntime(service.dataDir))!;
    store = new OperatorsStore(eventStoreUrl, pino({ level: 'silent' }));
    const { body } = await service.post('/v1/tasks', { task: 'fix: the cart', repoRemote: REMOTE });
    task = await service.waitForIdle(body.taskId);
  });
  afterAll(async () => {
    await store.close();
    await service.dispose();
  });

  const slipway = (...args: string[]) =>
    runCli(args, { SLIPWAY_DATA_DIR: service.dataDir, SLIPWAY_PROVIDERS: 'simulated' });
  async function json<T>(...args: string[]): Promise<T> {
    const { stdout, stderr } = await slipway(...args, '--json');
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as T;
  }

  it('streams: lists, shows and follows', async () => {
    const { items } = await json<{ items: { stream: string; events: number; lastType: string }[] }>(
      'streams',
      'list',
    );
    const shown = await json<ShownEvent[]>('streams', 'show', `task-${task.taskId}`);
    expect(shown[8]).toMatchObject({ type: 'SessionCreated' });
    const last = { type: 'SessionActivityChanged', position: task.position };
    expect(shown.at(-1)).toMatchObject(last);
    expect(items).toContainEqual(
      expect.objectContaining({
        stream: `task-${task.taskId}`,
        events: shown.length,
        lastType: last.type,
      }),
    );
    expect(items.every(({ stream }) => /^(task|branch|session)-/.test(stream))).toBe(true);
    expect((await slipway('streams', 'show', 'no-such-stream')).stderr).toMatch(
      /no events in no-such-stream/,
    );

    const tail = startCli(['streams', 'tail', '--last', '1', '--json'], {
      SLIPWAY_DATA_DIR: service.dataDir,
    });
    const lines = () =>
      tail.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as ShownEvent);
    await until('the last event', 20_000, () => lines().length === 1);
    expect(lines()).toHaveLength(1);
    const { body } = await service.post('/v1/tasks', { task: 'another', repoRemote: REMOTE });
    const { position } = await service.waitForIdle(body.taskId);
    const isLast = (line: ShownEvent) => line.stream === `task-${body.taskId}` && line.position === position;
    await until('the new events', 20_000, () => lines().some(isLast));
    tail.kill('SIGINT');
    expect((await tail.ended).code).toBe(0);
  });

  it('replay: shows the same past as the API, and what changed on the way', async () => {
    const shown = await json<ShownEvent[]>('streams', 'show', `task-${task.taskId}`);
    const { position } = shown.find(({ type }) => type === 'SandboxCreated')!;
    const replayed = await json<{ record: TaskRecord; timeline: object[]; steps: object[] }>(
      ...['replay', 'task', task.taskId, '--at', position],
    );
    const { body } = await service.get<TaskRecord>(`/v1/tasks/${task.taskId}?at=${position}`);
    expect(replayed.record).toEqual(body);
    expect(replayed.steps).toHaveLength(5);
    expect(replayed.timeline).toMatchObject([
      { what: 'ensure_name', outcome: 'done' },
      { what: 'create_sandbox', outcome: 'done' },
    ]);
    const changes = await json<{ path: string; to: unknown }[]>(
      'replay',
      'diff',
      task.taskId,
      '--from',
      position,
    );
    expect(changes).toContainEqual({ path: 'status', from: 'init_create_sandbox', to: 'running' });
    const { stdout } = await slipway('replay', 'task', task.taskId, '--step');
    expect(stdout).toMatch(/SandboxCreated\n( {4}.*\n)* {4}\+ sandboxId: sim-/);
    expect((await slipway('replay', 'task', task.taskId, '--at', '1')).stderr).toMatch(
      /did not exist yet at position 1/,
    );
    expect((await slipway('replay', 'task', randomUUID())).stderr).toMatch(/There is no task/);
  });

  it('replay saga: finds that what ran is what would run', async () => {
    const { code, stdout } = await slipway('replay', 'saga', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ tasks: 2, commands: 8, same: 8, pending: 0, differences: [] });
    expect(code).toBe(0);
  });

  it('sandboxes: names an orphan, reaps it only with --yes, and the metric follows', async () => {
    const metric = async () => {
      const { body } = await service.get<string>('/metrics');
      return /^slipway_orphan_sandboxes\{provider="simulated"\} (\d+)$/m.exec(body)?.[1];
    };
    const clean = await slipway('sandboxes', 'audit');
    expect(clean).toMatchObject({ code: 0, stderr: '' });
    expect(clean.stdout).toMatch(/simulated has 2 sandboxes\.\n2 tasks that are not killed, 0 differences\./);
    await until('the metric to say 0', 20_000, async () => (await metric()) === '0');

    const provider = createSimulatedProvider({ file: join(service.dataDir, 'simulated', 'sandboxes') });
    const stranger = randomUUID();
    const spec = { taskId: stranger, repoRemote: REMOTE, branchName: 'b' };
    await provider.createSandbox(spec, new AbortController().signal);
    const audit = await slipway('sandboxes', 'audit', '--json');
    expect(audit.code).toBe(1);
    expect(JSON.parse(audit.stdout)).toMatchObject({
      findings: [{ taskId: stranger, difference: 'orphan' }],
    });
    await until('the metric to say 1', 20_000, async () => (await metric()) === '1');

    for (const dry of [[], ['--dry-run']])
      expect((await slipway('sandboxes', 'reap', ...dry)).stdout).toMatch(
        /would be destroyed\n\nNothing was done/,
      );
    expect((await slipway('sandboxes', 'reap', '--dry-run', '--yes')).stderr).toMatch(/cannot be used with/);
    expect(await provider.listSandboxes(new AbortController().signal)).toHaveLength(3);
    expect((await slipway('sandboxes', 'reap', '--yes')).stdout).toMatch(/destroyed/);
    expect(await provider.listSandboxes(new AbortController().signal)).toHaveLength(2);
    await provider.close();
    expect((await slipway('sandboxes', 'audit')).code).toBe(0);
    await until('the metric to say 0 again', 20_000, async () => (await metric()) === '0');
  });

  it('sandboxes: will not reap by the word of an event store that knows nothing', async () => {
    const empty = await ServiceProcess.start();
    try {
      const args = ['sandboxes', 'reap', '--yes'];
      const { eventStoreUrl } = (await readRuntime(empty.dataDir))!;
      const env = {
        EVENTSTORE_URL: eventStoreUrl,
        SLIPWAY_DATA_DIR: service.dataDir,
        SLIPWAY_PROVIDERS: 'simulated',
      };
      const { code, stderr } = await runCli(args, env);
      expect(code).toBe(4);
      expect(stderr).toMatch(/is it the right one\?.*Nothing was removed/);
      expect((await slipway('sandboxes', 'audit')).code).toBe(0);
    } finally {
      await empty.dispose();
    }
  });

  it('projections: finds a row that is wrong, and a rebuild mends it', async () => {
    type Report = {
      differenceCount: number;
      differences: { taskId: string; table: string; columns: object }[];
    };
    const status = await json<{ behind: number; projections: object[] }>('projections', 'status');
    expect(status).toMatchObject({ behind: 0, projectors: 1, parked: 0 });
    expect(status.projections).toContainEqual(
      expect.objectContaining({ name: 'tasks', rows: 'current', tables: { tasks: 2 } }),
    );
    expect(await slipway('projections', 'verify')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/all the same/),
    });

    const db = new pg.Client({ connectionString: (await readRuntime(service.dataDir))!.databaseUrl });
    await db.connect();
    await db.query('UPDATE tasks SET status = $1 WHERE task_id = $2', ['killed', task.taskId]);
    await db.end();
    const verified = await slipway('projections', 'verify', 'tasks', '--json');
    expect(verified.code).toBe(1);
    const wrong = {
      taskId: task.taskId,
      table: 'tasks',
      columns: { status: { live: 'killed', rebuilt: 'running' } },
    };
    expect((JSON.parse(verified.stdout) as Report).differences).toMatchObject([wrong]);

    const rebuilt = await slipway('projections', 'rebuild');
    expect(rebuilt).toMatchObject({ code: 0, stderr: '' });
    expect(rebuilt.stdout).toMatch(/status: "killed" → "running"[^]*1 differences[^]*are in place/);
    expect((await slipway('projections', 'verify')).code).toBe(0);
    const { body } = await service.get<TaskRecord>(`/v1/tasks/${task.taskId}`);
    expect(body.status).toBe('running');
    expect((await slipway('projections', 'rebuild', 'nonsense')).stderr).toMatch(
      /no projection "nonsense"; there are: tasks/,
    );
  });

  it('parked: shows a poisonous message with its reason, replays it, and discards it only with --yes', async () => {
    type Parked = {
      saga: { number: string; type: string; reason: string; taskId: string }[];
      rows: { type: string }[];
    };
    expect(await json<Parked>('parked', 'list')).toEqual({ saga: [], actions: [], rows: [] });
    const { revision } = (await store.lastEvents(1, `task-${task.taskId}`))[0]!;
    const poison = {
      id: randomUUID(),
      type: 'SessionRequested',
      data: { sessionId: 7, agentType: 'mock', prompt: '', at: task.createdAt },
      metadata: {},
    };
    await store.append(`task-${task.taskId}`, [poison], revision);

    let parked: Parked = { saga: [], rows: [] };
    await until('both to park it', 20_000, async () => {
      parked = await json<Parked>('parked', 'list');
      return parked.saga.length === 1 && parked.rows.length === 1;
    });
    expect(parked.saga[0]).toMatchObject({ taskId: task.taskId, type: 'SessionRequested' });
    expect(parked.saga[0]!.reason).toMatch(/^SessionRequested at task-.*: \/sessionId: Expected string/);
    expect((await slipway('parked', 'list')).stdout).toMatch(
      /Parked by the saga:[^]*Parked by the projector:/,
    );

    const first = parked.saga[0]!.number;
    expect(await json('parked', 'replay')).toEqual({ replayed: 1, sagaIsRunning: true });
    await until('it to be parked anew', 20_000, async () => {
      parked = await json<Parked>('parked', 'list');
      return parked.saga.length === 1 && parked.saga[0]!.number !== first;
    });
    expect(parked.saga[0]).toMatchObject({ taskId: task.taskId, type: 'SessionRequested' });

    expect((await slipway('parked', 'discard')).stdout).toMatch(/1 would be discarded; --yes does it/);
    expect((await json<Parked>('parked', 'list')).saga).toHaveLength(1);
    expect((await slipway('parked', 'discard', '--yes')).stdout).toMatch(/1 discarded/);
    expect((await slipway('parked', 'discard', '--of', 'rows', '--yes')).stdout).toMatch(/1 discarded/);
    expect(await json<Parked>('parked', 'list')).toEqual({ saga: [], actions: [], rows: [] });
    expect(await slipway('parked', 'replay')).toMatchObject({
      code: 0,
      stdout: 'The saga has parked nothing.\n',
    });

    // The task itself cannot be read any more, and the saga's dry run says so.
    const dry = await slipway('replay', 'saga', '--json');
    expect(dry.code).toBe(1);
    expect(JSON.parse(dry.stdout)).toMatchObject({ differences: [], unreadable: [{ taskId: task.taskId }] });
  });

  it('says so at once when the service was killed', async () => {
    await store.close();
    await service.kill();
    const { code, stdout, stderr } = await slipway('streams', 'list');
    expect(code).toBe(5);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/The event store did not answer/);
    expect((await slipway('streams', 'list', '--data-dir', join(service.dataDir, 'none'))).stderr).toMatch(
      /No service runs in/,
    );
  });
});

it.each([
  [[]],
  [['streams']],
  [['replay', 'saga']],
  [['replay', 'task']],
  [['events', 'copy']],
  [['parked', 'list']],
  [['projections', 'rebuild']],
  [['sandboxes', 'reap']],
])('slipway %j --help says what it does, without a service', async (args) => {
  const { code, stdout, stderr } = await runCli([...args, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: slipway/);
  if (args.length === 2) expect(stdout).toMatch(/Examples?[^]*slipway /);
});
