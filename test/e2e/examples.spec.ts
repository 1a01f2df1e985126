import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Markdown } from '../docs/markdown.js';
import { git, makeRepository } from '../support/git-repository.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const EXAMPLES = resolve('examples');
const REMOTE = 'https://git.example.com/acme/shop.git';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (file: string, args: readonly string[], env: Record<string, string>): Promise<Ended> =>
  new Promise((done) =>
    execFile(
      file,
      args,
      { env: { PATH: process.env.PATH, ...env }, timeout: 45_000 },
      (error, stdout, stderr) => done({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    ),
  );

describe('examples/drive-with-curl.sh', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await ServiceProcess.start({
      SLIPWAY_SIMULATED_FAILURES: 'ensure_agent=fail:1',
      SLIPWAY_BACKOFF_FIRST_MS: '10',
    });
  });
  afterAll(() => service.dispose());

  const drive = (...args: string[]) =>
    run(join(EXAMPLES, 'drive-with-curl.sh'), args, { SLIPWAY_URL: service.url });

  it('creates a task, tells every event once, and kills it', async () => {
    const { code, stdout, stderr } = await drive(REMOTE, 'fix: "quotes" and \\ of a prompt');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, taskId] = /^created {2}(\S+)$/m.exec(stdout)!;
    const { body } = await service.get<{ items: { type: string }[] }>(
      `/v1/tasks/${taskId}/history?limit=200`,
    );
    const types = body.items.map(({ type }) => type);
    const told = [...stdout.matchAll(/^event {4}(\S+)$/gm)].map(([, type]) => type);
    expect(types).toContain('StageFailed');
    expect(types.slice(0, told.length)).toEqual(told);
    expect(told).toContain('SessionCreated');
    expect(stdout).toMatch(/status {3}running\nstatus {3}killed\n$/);
    expect((await service.get(`/v1/tasks/${taskId}`)).body).toMatchObject({
      status: 'killed',
      task: 'fix: "quotes" and \\ of a prompt',
    });
  });

  it('shows what the service says of a request that is wrong', async () => {
    const { code, stdout, stderr } = await drive('ext::sh -c id');
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('repoRemote');
  });

  it('and what docs/api.md shows, as one program', async () => {
    // Node has a WebSocket of its own from 22 on.
    const socket = "import WebSocket from 'ws';";
    const blocks = Markdown.read('docs/api.md').fences.filter(({ language }) => language === 'js');
    const program = [socket, ...blocks.map(({ text }) => text)].join('\n');
    const { code, stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      SLIPWAY_URL: service.url,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toEqual([
      '201 true',
      '200 true',
      'true init_enqueue_provision',
      'TaskCreated',
      '400 invalid_request repoRemote',
      'running',
    ]);
  });
});

describe('examples/write-a-provider', () => {
  let service: ServiceProcess;
  let roots: string;
  let repoRemote: string;
  const module = join(EXAMPLES, 'write-a-provider/folder-provider.mjs');
  beforeAll(async () => {
    roots = await mkdtemp(join(tmpdir(), 'slipway-examples-'));
    repoRemote = await makeRepository(join(roots, 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'folder,simulated',
      SLIPWAY_PROVIDER_MODULES: `folder=${module}`,
      SLIPWAY_LOCAL_REPO_ROOTS: roots,
    });
  });
  afterAll(async () => {
    await service.dispose();
    await rm(roots, { recursive: true });
  });

  it('makes sandboxes for the service, over a restart, until they are killed', async () => {
    const { body, status } = await service.post('/v1/tasks', { task: 'fix: it', repoRemote });
    expect({ status, providerId: body.providerId }).toEqual({ status: 201, providerId: 'folder' });
    const { taskId, sessionId } = body;
    const { sandboxPath, branchName } = await service.waitForStatus(taskId, 'running');
    expect(await git(sandboxPath!, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe(branchName);
    await service.waitForIdle(taskId);
    await service.kill();
    await service.start();
    const { body: said } = await service.get(`/v1/tasks/${taskId}/sessions/${sessionId}/messages`);
    expect(said).toMatchObject({ messages: [{ role: 'user', text: 'fix: it' }, { role: 'agent' }] });
    await service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(taskId, 'killed');
    await expect(stat(sandboxPath!)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('keeps nothing without saying so', async () => {
    const { taskId } = (await service.post('/v1/tasks', { task: 'fix: it', repoRemote })).body;
    const { sandboxPath } = await service.waitForStatus(taskId, 'running');
    await service.post(`/v1/tasks/${taskId}/kill`, { keepBranch: true });
    const { error } = await service.waitForStatus(taskId, 'error');
    expect(error).toMatchObject({ code: 'branch_not_kept', attempts: 1 });
    expect(await git(sandboxPath!, 'log', '--oneline')).toContain('Begin');
  });
});

describe('examples/a-projection-of-ones-own', () => {
  let service: ServiceProcess;
  let dir: string;
  let file: string;
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slipway-examples-'));
    file = join(dir, 'repositories.json');
    service = await ServiceProcess.start();
  });
  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await service.dispose();
    await rm(dir, { recursive: true });
  });

  const follow = () => {
    const child = spawn(
      process.execPath,
      [join(EXAMPLES, 'a-projection-of-ones-own/repositories.mjs'), file],
      {
        env: { PATH: process.env.PATH, SLIPWAY_DATA_DIR: service.dataDir },
        stdio: 'inherit',
      },
    );
    started.push(child);
    return child;
  };
  const counts = async () =>
    (JSON.parse(await readFile(file, 'utf8')) as { repositories: Record<string, object> }).repositories[
      REMOTE
    ];
  const createTasks = async (count: number) => {
    const made = await Promise.all(
      Array.from({ length: count }, () => service.post('/v1/tasks', { task: 'fix: it', repoRemote: REMOTE })),
    );
    return Promise.all(made.map(({ body }) => service.waitForStatus(body.taskId, 'running')));
  };
  const untilCounted = (wanted: object) =>
    until('the counts', 20_000, async () => {
      expect(await counts()).toEqual(wanted);
      return true;
    });

  it('counts each event once, however often it is killed', async () => {
    await createTasks(5);
    let child = follow();
    await untilCounted({ created: 5, running: 5, failed: 0, killed: 0 });
    for (let created = 8; created <= 14; created += 3) {
      child.kill('SIGKILL');
      const [one] = await createTasks(3);
      await service.post(`/v1/tasks/${one!.taskId}/sessions`, {});
      await service.waitForTask(one!.taskId, ({ sessions }) =>
        sessions.every(({ state }) => state === 'ready'),
      );
      child = follow();
      await untilCounted({ created, running: created, failed: 0, killed: 0 });
    }
    const { taskId } = (await createTasks(1))[0]!;
    await service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true });
    await untilCounted({ created: 15, running: 15, failed: 0, killed: 1 });
  });
});
