import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SlipwayError, type ProjectChange, type TaskRecord } from '@slipway/client';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from '../contract/providers/repository.js';
import { makeRepository } from '../support/git-repository.js';
import { runCli } from '../support/run-cli.js';
import { filesBelow } from '../support/files-below.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 180_000;
const SECRET = 'sec-2718281828459045';
const HARD = `two lines\nof '"$(id)"\\n \\ größe=`;

describe("a project's settings", () => {
  let service: ServiceProcess;
  let folder = '';
  let projectId = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-repos-'));
    await makeRepository(join(folder, 'shop'));
    git(folder, 'clone', '--quiet', '--bare', 'shop', 'shop.git');
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local,simulated',
      SLIPWAY_LOCAL_REPO_ROOTS: folder,
      LOG_LEVEL: 'trace',
    });
    ({ projectId } = await create({ providerId: 'simulated' }));
    await until('the project to be there', 10_000, () =>
      service.client.getProject(projectId).then(
        () => true,
        () => false,
      ),
    );
  }, LIMIT_MS);
  afterAll(async () => {
    const { items } = await service.client.listTasks({ limit: 200 });
    for (const { taskId } of items) await service.client.killTask(taskId, { discardChanges: true });
    await Promise.all(items.map(({ taskId }) => service.waitForStatus(taskId, 'killed', 60_000)));
    await service.dispose();
    await rm(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  const create = (more: object = {}, idempotencyKey?: string): Promise<TaskRecord> =>
    service.client.createTask(
      { task: 'fix the door', repoRemote: join(folder, 'shop.git'), ...more },
      { idempotencyKey },
    );
  const set = (change: ProjectChange) => service.client.changeProject(projectId, change);
  const cli = (args: string[], input?: string) =>
    runCli(['projects', ...args], { SLIPWAY_DATA_DIR: service.dataDir }, input);
  const refusal = (change: object) =>
    set(change).then(
      () => null,
      (error: unknown) => (error instanceof SlipwayError ? `${error.code}: ${error.message}` : error),
    );
  const eventsOf = async (stream: string) =>
    (await runCli(['streams', 'show', stream, '--full'], { SLIPWAY_DATA_DIR: service.dataDir })).stdout;

  it('are nothing at first, and are read with the project', async () => {
    const project = await service.client.getProject(projectId);
    expect(project).toMatchObject({ projectId, workspaceId: 'default', taskCount: 1 });
    expect(project.settings).toEqual({
      setup: null,
      env: [],
      agentType: null,
      permissionPolicy: null,
      commitAuthor: null,
      submodules: null,
      idleStopAfter: null,
      maxAge: null,
    });
    await expect(service.client.getProject('5a0c4f1b-3a43-4c55-8f0e-6f0f8b8f2c02')).rejects.toMatchObject({
      code: 'project_not_found',
      status: 404,
    });
  });

  it('change field by field, and are cleared with null', async () => {
    await set({ setup: 'echo one', agentType: 'mock' });
    const { settings } = await set({ permissionPolicy: 'allow_edits', agentType: null, setup: ' \n' });
    expect(settings).toMatchObject({ setup: null, agentType: null, permissionPolicy: 'allow_edits' });
    expect((await set({ permissionPolicy: null })).settings).toMatchObject({ permissionPolicy: null });
    // What is so already is no event.
    const same = { setup: 'echo same', commitAuthor: { name: 'A', email: 'a@b' }, env: { A: 'x', B: 'y' } };
    const count = async () => (await eventsOf(`project-${projectId}`)).split('ProjectSettingsChanged').length;
    await set(same);
    const before = await count();
    await set({ ...same, env: { B: 'y', GONE: null } });
    expect(await count()).toBe(before);
    await set({ setup: null, commitAuthor: null, env: null });
    expect(await count()).toBe(before + 1);
  });

  it('are refused where they make no sense, and then nothing is changed', async () => {
    for (const [change, said] of [
      [{ env: { PATH: '/evil' } }, 'cannot be set'],
      [{ env: { 'A B': 'x' } }, 'no name of a variable'],
      [{ env: { LD_PRELOAD: 'x' } }, 'cannot be set'],
      [{ env: { A: 1 } }, 'A must be text'],
      [{ env: { A: 'a\0b' } }, 'without NUL'],
      [{ env: JSON.parse('{"__proto__": "x"}') as object }, 'not a field'],
      [{ env: ['A'] }, 'object of names'],
      [{ env: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`A${n}`, 'x'])) }, 'at most 64'],
      [{ commitAuthor: { name: 'A\nB', email: 'a@b' } }, 'on one line'],
      [{ commitAuthor: { name: 'A <x>', email: 'a@b' } }, 'without "<"'],
      [{ commitAuthor: { name: ' . ', email: 'a@b' } }, 'name must be'],
      [{ commitAuthor: { name: 'A', email: 'a@b>\nGIT' } }, 'email must be'],
      [{ commitAuthor: { name: 'A' } }, 'email must be'],
      [{ commitAuthor: 'A <a@b>' }, 'commitAuthor must be an object'],
      [{ agentType: 'no such' }, 'agentType must be'],
      [{ permissionPolicy: 'yes' }, 'permissionPolicy must be one of'],
      [{ submodules: 'yes' }, 'boolean'],
      [{ setup: 'x'.repeat(10_001) }, 'at most 10000'],
      [{ sutup: 'x' }, 'not a field'],
    ] as const)
      expect([change, await refusal(change)]).toEqual([change, expect.stringContaining(said)]);
    expect((await service.client.getProject(projectId)).settings.env).toEqual([]);
  });

  it(
    'give a task its setup and its variables, inside of the sandbox alone; its own setup goes first',
    async () => {
      await set({
        setup: 'printf "%s" "$TOKEN" > token; printf "%s" "$HARD" > hard; echo of the project',
        env: { TOKEN: SECRET, HARD },
      });
      const [task, own] = [await create(), await create({ setup: 'echo of the task "${TOKEN:+set}"' })];
      expect(task.env).toEqual(['HARD', 'TOKEN']);
      const running = await service.waitForStatus(task.taskId, 'running', 90_000);
      expect(running.setup).toEqual({ source: 'project', state: 'done', output: 'of the project\n' });
      expect(await readFile(join(running.sandboxPath!, 'token'), 'utf8')).toBe(SECRET);
      expect(await readFile(join(running.sandboxPath!, 'hard'), 'utf8')).toBe(HARD);
      // What its agent has, too.
      const { sessionId } = running.sessions[0]!;
      const other = await service.waitForStatus(own.taskId, 'running', 90_000);
      expect(other.setup).toMatchObject({ source: 'task', output: 'of the task set\n' });
      expect(sessionId).toBeTruthy();
      const agents = await environmentsOf(task.taskId);
      expect(agents.length).toBeGreaterThan(0);
      expect(agents.some((each) => each.includes(`TOKEN=${SECRET}`))).toBe(true);
      expect((await commandLines()).some((line) => line.includes(SECRET))).toBe(false);
    },
    LIMIT_MS,
  );

  it(
    'are decided when a task is created, and shown nowhere',
    async () => {
      const before = await create();
      await set({ setup: 'echo another', env: { TOKEN: null } });
      expect((await service.client.getTask(before.taskId)).env).toEqual(['HARD', 'TOKEN']);
      expect((await create({ providerId: 'simulated' })).env).toEqual(['HARD']);
      const running = await service.waitForStatus(before.taskId, 'running', 90_000);
      expect(await readFile(join(running.sandboxPath!, 'token'), 'utf8')).toBe(SECRET);
      const told = [await eventsOf(`project-${projectId}`), await eventsOf(`task-${before.taskId}`)];
      expect(told[0]).toContain('ProjectSettingsChanged');
      for (const text of [...told, service.log]) expect(text).not.toContain(SECRET);
      for (const file of await filesBelow(join(service.dataDir, 'local', 'records', before.taskId)))
        expect([file, (await readFile(file).catch(() => '')).includes(SECRET)]).toEqual([file, false]);
    },
    LIMIT_MS,
  );

  it(
    'are cleared for good: a task that was given them says so when its agent is to start',
    async () => {
      const task = await create();
      // An agent that is still being started for its first prompt would be there again for a moment after the archive.
      await service.waitForIdle(task.taskId, 90_000);
      await service.client.archiveTask(task.taskId, { discardChanges: true });
      await service.waitForStatus(task.taskId, 'archived', 60_000);
      await until(
        'its agent to be gone',
        60_000,
        async () => (await environmentsOf(task.taskId)).length === 0,
      );
      expect((await set({ env: null })).settings.env).toEqual([]);
      await service.client.resumeTask(task.taskId);
      const failed = await service.waitForStatus(task.taskId, 'error', 60_000);
      expect(failed.error).toMatchObject({ code: 'env_deleted', stage: 'ensure_agent', attempts: 1 });
      expect((await create({ providerId: 'simulated' })).env).toEqual([]);
    },
    LIMIT_MS,
  );

  it('are said not to be in a sandbox of a provider that gives no variables', async () => {
    await set({ env: { A: 'x' } });
    const { taskId } = await create({ providerId: 'simulated' });
    const task = await service.waitForTask(taskId, ({ sandboxId }) => sandboxId !== null);
    expect(task.notices).toEqual([
      "The project's variables are not in the sandbox: its provider gives none.",
    ]);
  });

  it('are the agent, the policy and the author of tasks that ask for nothing else, over a restart', async () => {
    await set({ setup: null, env: null, agentType: 'mock', permissionPolicy: 'deny' });
    await set({ commitAuthor: { name: 'Größe Bot', email: 'bot@acme.example' } });
    await service.kill();
    await service.start();
    const [task, own] = [
      await create({ providerId: 'simulated' }),
      await create({ providerId: 'simulated', permissionPolicy: 'allow_all' }),
    ];
    expect(task).toMatchObject({ agentType: 'mock', sessions: [{ permissionPolicy: 'deny' }] });
    expect(own).toMatchObject({ sessions: [{ permissionPolicy: 'allow_all' }] });
    // The same request with the same key is the same request, whatever was set meanwhile.
    const again = () => create({ providerId: 'simulated' }, 'once');
    const first = await again();
    await set({ permissionPolicy: 'allow_edits', setup: 'echo x' });
    expect((await again()).taskId).toBe(first.taskId);
    await set({ setup: null, permissionPolicy: null });
  });

  it(
    'say who commits what an agent left uncommitted',
    async () => {
      const { taskId } = await create({ setup: 'echo new > new-file' });
      const { branchName } = await service.waitForStatus(taskId, 'running', 90_000);
      await service.client.pushTask(taskId, {});
      await until('the push', 60_000, async () => {
        const [action] = (await service.client.listActions(taskId)).items;
        if (action?.state === 'error') throw new Error(action.message);
        return action?.state === 'done';
      });
      const told = git(folder, '-C', 'shop.git', 'log', '-1', '--format=%an <%ae> %cn', branchName!);
      expect(told.trim()).toBe('Größe Bot <bot@acme.example> Größe Bot');
    },
    LIMIT_MS,
  );

  it(
    'say whether submodules are fetched',
    async () => {
      await makeRepository(join(folder, 'lib'));
      const app = await makeRepository(join(folder, 'app'));
      await writeFile(join(app, '.gitmodules'), '[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n');
      git(app, 'add', '.gitmodules');
      git(
        app,
        'update-index',
        '--add',
        '--cacheinfo',
        `160000,${git(join(folder, 'lib'), 'rev-parse', 'HEAD')},lib`,
      );
      git(app, 'commit', '--quiet', '--message=modules');
      const without = await create({ repoRemote: app });
      const { notices } = await service.waitForTask(without.taskId, ({ sandboxId }) => sandboxId !== null);
      expect(notices).toEqual(['Submodules are not fetched; their folders are empty (1): lib.']);
      await service.client.changeProject(without.projectId, { submodules: true });
      const { taskId } = await create({ repoRemote: app });
      const made = await service.waitForTask(taskId, ({ sandboxId }) => sandboxId !== null);
      expect(made.notices[0]).toContain('Submodules are fetched (1): lib.');
      expect((await readdir(join(made.sandboxPath!, 'lib'))).length).toBeGreaterThan(1);
    },
    LIMIT_MS,
  );

  it('are shown and set on the command line; a value comes from standard input', async () => {
    expect((await cli(['list'])).stdout).toContain(projectId);
    const made = await cli(
      ['set', projectId, '--setup', 'npm ci', '--env', 'TOKEN', '--submodules', 'on'],
      `${SECRET}\n`,
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    for (const text of ['npm ci', 'TOKEN', 'submodules']) expect(made.stdout).toContain(text);
    expect(made.stdout).not.toContain(SECRET);
    const author = await cli(['set', projectId, '--author', 'nobody']);
    expect(author).toMatchObject({ code: 2, stdout: '' });
    expect(author.stderr).toContain('Jane Doe <jane@example.com>');
    expect((await cli(['set', projectId])).stderr).toContain('Say what to set');
    const cleared = await cli([
      'set',
      projectId,
      '--clear',
      'setup',
      'env',
      'submodules',
      'author',
      '--json',
    ]);
    expect(JSON.parse(cleared.stdout)).toMatchObject({
      settings: { setup: null, env: [], submodules: null, commitAuthor: null },
    });
    expect((await cli(['show', projectId])).stdout).toContain('not set');
  });
});

async function environmentsOf(taskId: string): Promise<string[]> {
  const all = await Promise.all(
    (await pids()).map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
  );
  return all.filter((each) => each.includes(taskId));
}

const commandLines = async () =>
  Promise.all((await pids()).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));

const pids = async () => (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
