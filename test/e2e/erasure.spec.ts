import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/client';
import { readRuntime, type Runtime } from '../../src/app/runtime-file.js';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { OperatorsStore } from '../../src/store/store-admin.js';
import { RawLiveSocket } from '../support/raw-live-socket.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 240_000;
/** In prompts, what the agent says, the title and the branch; each is looked for in small letters. */
const PLANTED = 'zanzibar';
const NEW_TASK = {
  task: `!say about Zanzibar\n${'x'.repeat(400)}`,
  title: 'On Zanzibar',
  branchName: 'to/zanzibar',
  setup: 'echo Zanzibar',
  repoRemote: 'https://git.example.com/acme/shop.git',
};
const AUDIT = '/v1/audit?limit=200';
const holds = (text: string): boolean => text.toLowerCase().includes(PLANTED);

describe('what was said in a task that is erased', () => {
  let service: ServiceProcess;
  let folder: string;
  let task: TaskRecord;
  let neighbour: TaskRecord;
  let runtime: Runtime;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-erasure-'));
    service = await ServiceProcess.start({ CRASH_FILE: join(folder, 'crash') });
    const create = async (body: object) => (await service.post('/v1/tasks', body)).body;
    task = await create(NEW_TASK);
    neighbour = await create({ task: '!say hello', repoRemote: NEW_TASK.repoRemote });
    for (const { taskId } of [task, neighbour]) await service.waitForIdle(taskId, 60_000);
    const { taskId, sessionId } = task;
    await service.client.queuePrompt(taskId, sessionId, `!think of Zanzibar\n!say Zanzibar`);
    await service.client.requestSession(taskId, { prompt: '!say Zanzibar again' });
    task = await service.waitForIdle(taskId, 60_000);
    runtime = (await readRuntime(service.dataDir))!;
  }, LIMIT_MS);

  afterAll(async () => {
    await service?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(args, { SLIPWAY_DATA_DIR: service.dataDir });
    if (code !== 0) throw new Error(`slipway ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };

  /** Everything that the service answers of the task. */
  async function answers(): Promise<Map<string, string>> {
    const { taskId, projectId } = task;
    const sessions = (await service.client.getTask(taskId)).sessions.map(({ sessionId }) => sessionId);
    const of = `/v1/tasks/${taskId}`;
    const history = await service.get<{ items: { position: string }[] }>(`${of}/history?limit=200`);
    const paths = [
      ...[
        of,
        `${of}/history?limit=200`,
        `${of}/sessions`,
        `${of}/actions`,
        `${of}/changes`,
        `${of}/setup/output`,
      ],
      ...history.body.items.map(({ position }) => `${of}?at=${position}`),
      ...sessions.flatMap((id) =>
        ['transcript', 'prompts', 'permissions', 'messages'].map((what) => `${of}/sessions/${id}/${what}`),
      ),
      ...[
        `/v1/tasks?projectId=${projectId}`,
        '/v1/tasks?q=zanzib',
        `/v1/projects/${projectId}`,
        '/v1/projects',
      ],
      ...[AUDIT, '/metrics'],
    ];
    const all = new Map<string, string>();
    for (const path of paths) all.set(path, JSON.stringify((await service.get(path)).body));
    const live = await RawLiveSocket.connect(service.url);
    const topics = [`task:${taskId}`, `workspace:default`, ...sessions.map((id) => `session:${id}`)];
    for (const topic of topics) live.subscribe(topic, 0n);
    const last = (topic: string) => live.frames.filter(({ data }) => data.topic === topic).length > 1;
    await until('what the live topics told', 60_000, () => topics.every(last));
    await until('the newest of the task', 60_000, () =>
      live.tasks.some(({ position }) => position >= BigInt(history.body.items.at(-1)!.position)),
    );
    all.set('live', JSON.stringify(live.frames));
    live.socket.close();
    return all;
  }

  /** Every row of every table. */
  async function rows(): Promise<string> {
    const client = new pg.Client({ connectionString: (await readRuntime(service.dataDir))!.databaseUrl });
    await client.connect();
    try {
      const tables = await client.query<{ name: string }>(
        `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
      );
      const all: string[] = [];
      for (const { name } of tables.rows) {
        const { rows } = await client.query<{ row: string }>(
          `SELECT to_jsonb(t)::text AS row FROM ${name} t`,
        );
        all.push(...rows.map(({ row }) => row));
      }
      return all.join('\n');
    } finally {
      await client.end();
    }
  }

  /** The log as it lies there, by somebody who has these keys. */
  async function log(keysDir: string | null): Promise<string> {
    const { eventStoreUrl } = (await readRuntime(service.dataDir))!;
    const store = new OperatorsStore(eventStoreUrl, pino({ level: 'silent' }), keysDir);
    const all: unknown[] = [];
    try {
      for await (const { stream, data, metadata } of store.readAll()) all.push([stream, data, metadata]);
    } finally {
      await store.close();
    }
    return JSON.stringify(all);
  }

  /** Of all files below the folder but PostgreSQL's, which has overwritten rows until it vacuums. */
  const bytesOf = async (below: string): Promise<string> => {
    const names = await readdir(below, { recursive: true, withFileTypes: true });
    const rows = join(service.dataDir, 'postgres');
    const files = names.filter((each) => each.isFile() && !each.parentPath.startsWith(rows));
    const texts = await Promise.all(
      files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')),
    );
    return texts.join('\n');
  };

  it(
    'is shown before, and lies nowhere in the log in clear',
    async () => {
      const before = await answers();
      for (const [path, text] of before)
        if (/history|transcript|\/prompts|live|\/tasks\/[^/?]*$/.test(path))
          expect([path, holds(text)]).toEqual([path, true]);
      expect(holds(await rows())).toBe(true);
      expect(holds(await cli('events', 'export'))).toBe(true);
      expect(holds(await bytesOf(join(service.dataDir, 'eventstore')))).toBe(false);
      expect(runtime.keysDir).toBe(join(service.dataDir, 'keys'));
    },
    LIMIT_MS,
  );

  it(
    'is kept as long as the task is not killed',
    async () => {
      await expect(service.client.eraseTask(task.taskId)).rejects.toMatchObject({
        status: 409,
        code: 'task_not_killed',
      });
      expect(await cli('tasks', 'erase', task.taskId)).toContain('--yes');
      await service.client.killTask(task.taskId, { discardChanges: true });
      await service.waitForStatus(task.taskId, 'killed', 60_000);
      await cp(join(service.dataDir, 'keys'), join(folder, 'keys'), { recursive: true });
    },
    LIMIT_MS,
  );

  it(
    'is gone for good, also when the service is killed before the key is destroyed',
    async () => {
      await writeFile(join(folder, 'crash'), 'erase.before-key 1');
      process.kill(service.pid, 'SIGUSR2');
      await until(
        'the crash point to be armed',
        30_000,
        async () => !(await readdir(folder)).includes('crash'),
      );
      await expect(service.client.eraseTask(task.taskId)).rejects.toThrow(SlipwayError);
      expect(await service.exitsWithin(60_000)).toBe(true);
      await service.start();
      await until(
        'the key to be destroyed',
        60_000,
        async () => !holds(await log(join(service.dataDir, 'keys'))),
      );

      const erased = JSON.parse(await cli('tasks', 'erase', task.taskId, '--yes', '--json')) as TaskRecord;
      expect(erased).toMatchObject({ status: 'killed', erased: true, task: '[erased]', title: '[erased]' });
      await until('the rows to have it', 60_000, async () => !holds(await rows()));
      const after = await answers();
      for (const [path, text] of after) expect([path, holds(text)]).toEqual([path, false]);
      expect(after.get(AUDIT)).toContain('TaskErased');
      const exported = await cli('events', 'export');
      expect(holds(exported)).toBe(false);
      expect(exported).toContain('[erased]');
      expect(holds(await bytesOf(service.dataDir))).toBe(false);
      expect(holds(service.log)).toBe(false);
    },
    LIMIT_MS,
  );

  it(
    'is the same in rows that are made anew, and of nobody else',
    async () => {
      expect(await cli('projections', 'verify', '--json')).toContain('"differenceCount": 0');
      await cli('projections', 'rebuild');
      expect(holds(await rows())).toBe(false);
      const { items } = await service.client.listTranscript(neighbour.taskId, neighbour.sessionId);
      expect(JSON.stringify(items)).toContain('hello');
      expect(await service.client.getTask(neighbour.taskId)).toMatchObject({ task: '!say hello' });
    },
    LIMIT_MS,
  );

  it(
    'is what a backup of the keys brings back: they are as precious as what was said',
    async () => {
      expect(holds(await log(join(folder, 'keys')))).toBe(true);
      await expect(log(null)).rejects.toThrow('SLIPWAY_KEYS_DIR');
    },
    LIMIT_MS,
  );
});
