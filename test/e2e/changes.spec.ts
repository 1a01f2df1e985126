import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Changes, TaskRecord } from '@slipway/client';
import { git, makeRepository } from '../support/git-repository.js';
import { processesMentioning } from '../support/processes.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

describe('the changes of a task', () => {
  let service: ServiceProcess;
  let roots: string;
  let repoRemote: string;

  beforeAll(async () => {
    roots = await mkdtemp(join(tmpdir(), 'slipway-repos-'));
    repoRemote = await makeRepository(join(roots, 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local,simulated',
      SLIPWAY_LOCAL_REPO_ROOTS: roots,
    });
  });
  afterAll(async () => {
    await service.dispose();
    await rm(roots, { recursive: true, force: true });
  });

  const create = async (task: string, more = {}) =>
    (await service.post('/v1/tasks', { task, repoRemote, permissionPolicy: 'allow_all', ...more })).body;
  const seen = async ({ taskId }: TaskRecord) =>
    (await service.get<Changes>(`/v1/tasks/${taskId}/changes`)).body;
  const withChanges = (taskId: string, files: number) =>
    service.waitForTask(taskId, ({ changes }) => changes?.files === files);
  const refresh = async (task: TaskRecord) => {
    expect(await service.post(`/v1/tasks/${task.taskId}/changes/refresh`)).toMatchObject({ status: 202 });
    await until('the look', 30_000, async () => !(await seen(task)).refreshing);
  };
  const worked = async (): Promise<TaskRecord & { sandboxPath: string }> => {
    const { taskId } = await create('!write src/index.js export const shop = 2;\n!write new.txt new');
    return (await withChanges(taskId, 2)) as TaskRecord & { sandboxPath: string };
  };
  const diff = ({ taskId }: TaskRecord, query = '') =>
    service.get<string>(`/v1/tasks/${taskId}/changes/diff${query}`);

  it('are seen after a turn, in the record, the list and a diff', async () => {
    const task = await worked();
    expect(task.changes).toMatchObject({ files: 2, ahead: 0, uncommitted: 2, pushed: false });
    const { body: list } = await service.get<{ items: TaskRecord[] }>('/v1/tasks');
    expect(list.items.find(({ taskId }) => taskId === task.taskId)?.changes).toEqual(task.changes);
    expect((await seen(task)).changes?.items).toEqual([
      { path: 'new.txt', status: 'added', additions: 1, deletions: 0, binary: false },
      { path: 'src/index.js', status: 'modified', additions: 1, deletions: 1, binary: false },
    ]);
    const { headers, body } = await diff(task);
    expect(headers.get('content-type')).toBe('text/x-diff; charset=utf-8');
    expect(body).toMatch(
      /^diff --git a\/new.txt b\/new.txt\n[^]*\n-export const shop = 1;\n\+export const shop = 2;\n$/,
    );
    expect((await diff(task, '?path=new.txt')).body.match(/^diff --git/gm)).toHaveLength(1);
  });

  it('are as they had been seen by then, with `at`', async () => {
    const task = await worked();
    const { changes: first } = await seen(task);
    writeFileSync(join(task.sandboxPath, 'later.txt'), 'later\n');
    await refresh(task);
    const now = (await seen(task)).changes!;
    expect(now.items.map(({ path }) => path)).toEqual(['later.txt', 'new.txt', 'src/index.js']);
    const at = async (when: string) =>
      (await service.get<Changes>(`/v1/tasks/${task.taskId}/changes?at=${encodeURIComponent(when)}`)).body;
    for (const when of [task.position, first!.at]) expect((await at(when)).changes).toEqual(first);
    expect((await at(now.at)).changes).toEqual(now);
    const { items } = (
      await service.get<{ items: { type: string; position: string }[] }>(`/v1/tasks/${task.taskId}/history`)
    ).body;
    const created = items.find(({ type }) => type === 'TaskCreated')!.position;
    expect(await at(created)).toEqual({ changes: null, problem: null, refreshing: false });
    for (const [when, status, code] of [
      ['yesterday', 400, 'invalid_at'],
      ['2001-01-01T00:00:00Z', 404, 'task_not_found'],
    ] as const)
      expect(await service.get(`/v1/tasks/${task.taskId}/changes?at=${when}`)).toMatchObject({
        status,
        body: { code },
      });
  });

  it('are looked at again when asked, with what was committed and renamed', async () => {
    const task = await worked();
    await git(task.sandboxPath, 'mv', 'README.md', 'READ.md');
    await git(task.sandboxPath, 'add', '.');
    await git(task.sandboxPath, 'commit', '--quiet', '-m', 'Work');
    await refresh(task);
    const { changes } = await seen(task);
    expect(changes).toMatchObject({
      files: 3,
      ahead: 1,
      behind: 0,
      uncommitted: 0,
      head: expect.any(String),
    });
    expect(changes?.items[0]).toMatchObject({ path: 'READ.md', oldPath: 'README.md', status: 'renamed' });
    const { body } = await diff(task, '?path=READ.md&oldPath=README.md');
    expect(body).toContain('rename from README.md\nrename to READ.md\n');
  });

  it('stay known when the task is archived and when it is killed', async () => {
    const task = await worked();
    await service.post(`/v1/tasks/${task.taskId}/archive`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'archived');
    expect((await diff(task)).status).toBe(200);
    await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(task.taskId, 'killed');
    expect((await seen(task)).changes?.items).toHaveLength(2);
    for (const path of ['changes/diff', 'files', 'files/content?path=new.txt'])
      expect(await service.get(`/v1/tasks/${task.taskId}/${path}`)).toMatchObject({
        status: 409,
        body: { code: 'checkout_gone' },
      });
    expect(await service.post(`/v1/tasks/${task.taskId}/changes/refresh`)).toMatchObject({
      status: 409,
      body: { code: 'checkout_gone' },
    });
  });

  it('of a provider without checkouts here are refused with what to do', async () => {
    const { taskId } = await create('docs: nothing', { providerId: 'simulated' });
    await service.waitForStatus(taskId, 'running');
    expect(await service.get(`/v1/tasks/${taskId}/changes`)).toMatchObject({
      status: 200,
      body: { changes: null, problem: null, refreshing: false },
    });
    for (const answer of [
      await service.get(`/v1/tasks/${taskId}/changes/diff`),
      await service.post(`/v1/tasks/${taskId}/changes/refresh`),
    ])
      expect(answer).toMatchObject({ status: 422, body: { code: 'checkout_not_here' } });
    const nobody = '00000000-0000-4000-8000-000000000000';
    for (const path of ['changes', 'changes/diff', 'files'])
      expect(await service.get(`/v1/tasks/${nobody}/${path}`)).toMatchObject({ status: 404 });
  });

  it('that cannot be told say why, and are told again when they can', async () => {
    const task = await worked();
    execFileSync('mkfifo', [join(task.sandboxPath, '.gitignore')]);
    await refresh(task);
    expect(await seen(task)).toMatchObject({
      changes: { files: 2 },
      problem: { code: 'checkout_unreadable', reason: expect.stringContaining('.gitignore" is no file') },
    });
    rmSync(join(task.sandboxPath, '.gitignore'));
    await refresh(task);
    expect((await seen(task)).problem).toBeNull();
  });

  it('that were asked for when the service was killed are looked at by the next', async () => {
    const task = await worked();
    writeFileSync(join(task.sandboxPath, 'third.txt'), 'third\n');
    await service.post(`/v1/tasks/${task.taskId}/changes/refresh`);
    await service.kill();
    await service.start();
    await withChanges(task.taskId, 3);
    expect((await seen(task)).refreshing).toBe(false);
  });

  describe('and the files of its checkout', () => {
    it('are listed and shown, and nothing outside of it is', async () => {
      const task = await worked();
      const at = (path: string) => service.get(`/v1/tasks/${task.taskId}/${path}`);
      symlinkSync('/etc', join(task.sandboxPath, 'etc'));
      symlinkSync('/etc/passwd', join(task.sandboxPath, 'passwd'));
      writeFileSync(join(task.sandboxPath, 'logo.png'), Buffer.from([1, 0, 2]));
      writeFileSync(join(task.sandboxPath, 'large.txt'), 'x'.repeat(2 << 20));
      execFileSync('mkfifo', [join(task.sandboxPath, 'pipe')]);
      expect((await at('files')).body).toEqual({
        path: '',
        truncated: false,
        items: [
          { name: 'src', kind: 'folder' },
          { name: 'README.md', kind: 'file', size: 24 },
          { name: 'etc', kind: 'link' },
          { name: 'large.txt', kind: 'file', size: 2 << 20 },
          { name: 'logo.png', kind: 'file', size: 3 },
          { name: 'new.txt', kind: 'file', size: 4 },
          { name: 'passwd', kind: 'link' },
          { name: 'pipe', kind: 'other' },
        ],
      });
      expect((await at('files?path=src')).body).toMatchObject({
        items: [{ name: 'index.js', kind: 'file' }],
      });
      expect((await at('files/content?path=new.txt')).body).toEqual({
        ...{ path: 'new.txt', size: 4, binary: false, truncated: false, content: 'new\n' },
      });
      expect((await at('files/content?path=logo.png')).body).toMatchObject({ binary: true, content: null });
      expect((await at('files/content?path=large.txt')).body).toMatchObject({
        size: 2 << 20,
        truncated: true,
        content: 'x'.repeat(1 << 20),
      });
      for (const path of ['passwd', 'etc/passwd', 'pipe', 'src', 'nothing'])
        expect(await at(`files/content?path=${path}`)).toMatchObject({
          status: 404,
          body: { code: 'path_not_found' },
        });
      expect(await at('files?path=etc')).toMatchObject({ status: 404, body: { code: 'path_not_found' } });
      for (const path of [
        '../x',
        '/etc/passwd',
        'src/../../x',
        '.git/config',
        '.GIT/config',
        'src//x',
        'a%00b',
      ])
        expect(await at(`files/content?path=${path}`)).toMatchObject({ status: 400 });
    });
  });

  it('end what prints them when their reader goes, and come no faster than they are read', async () => {
    const task = await worked();
    const line = `${'y'.repeat(99)}\n`;
    for (let n = 0; n < 4; n++) writeFileSync(join(task.sandboxPath, `big-${n}.txt`), line.repeat(120_000));
    await refresh(task);
    expect((await seen(task)).changes).toMatchObject({ additions: expect.any(Number), files: 6 });
    const request = get(`${service.url}/v1/tasks/${task.taskId}/changes/diff`);
    await new Promise((resolve) => request.once('response', (response) => resolve(response.pause())));
    const printing = () => processesMentioning(join(task.taskId, 'seen.git')).length > 0;
    await until('git to print', 10_000, async () => printing());
    request.destroy();
    await until('git to end', 10_000, async () => !printing());
    const { body } = await diff(task);
    expect(body.length).toBeLessThanOrEqual((32 << 20) + 100);
    expect(body).toMatch(/\n\\ Slipway: cut off, the diff is longer than 33554432 bytes\n$/);
  });

  it('show on the command line', async () => {
    const task = await worked();
    writeFileSync(join(task.sandboxPath, 'bad\x1b[31mname.txt'), '\x1b]0;title\x07\n');
    const cli = (...args: string[]) => runCli(args, { SLIPWAY_DATA_DIR: service.dataDir });
    const list = await cli('changes', 'list', task.taskId, '--refresh');
    expect(list.stdout).toContain('3 files changed, +3 −1;');
    expect(list.stdout).toContain('bad␛[31mname.txt');
    expect((await cli('changes', 'diff', task.taskId, 'new.txt')).stdout).toContain('+new\n');
    expect((await cli('changes', 'files', task.taskId)).stdout).toContain('folder');
    expect((await cli('changes', 'files', task.taskId, 'new.txt')).stdout).toBe('new\n');
  });
});
