import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commit, git, makeRepository } from '../contract/providers/repository.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';

/** Work that is on no remote is pushed, kept, or given up by somebody who was told. */
describe('work that is on no remote', () => {
  let folder = '';
  let bare = '';
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-never-lost-'));
    makeRepository(join(folder, 'work'));
    bare = join(folder, 'shop.git');
    git(folder, 'clone', '--quiet', '--bare', 'work', bare);
    service = await ServiceProcess.start({ SLIPWAY_PROVIDERS: 'local', SLIPWAY_LOCAL_REPO_ROOTS: folder });
  });
  afterAll(async () => {
    await service.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const cli = (...args: string[]) => runCli(args, { SLIPWAY_DATA_DIR: service.dataDir });
  async function worked() {
    const { taskId } = await service.client.createTask({ task: 'feat: work', repoRemote: bare });
    const { sandboxPath, branchName, projectId } = await service.waitForIdle(taskId, 90_000);
    const own = commit(sandboxPath!, { 'own.txt': 'own\n' });
    git(sandboxPath!, 'branch', 'aside');
    await writeFile(join(sandboxPath!, 'loose.txt'), 'loose\n');
    return { taskId, path: sandboxPath!, branch: branchName!, projectId, own };
  }

  it('is told of before a kill or an archive, and goes when it is given up', async () => {
    const { taskId } = await worked();
    const refused = {
      status: 409,
      code: 'unpushed_work',
      work: { commits: 1, uncommitted: 1, tips: expect.arrayContaining(['heads/aside']) },
    };
    await expect(service.client.killTask(taskId)).rejects.toMatchObject(refused);
    await expect(service.client.archiveTask(taskId)).rejects.toMatchObject(refused);
    const shown = await cli('tasks', 'kill', taskId);
    expect(shown.code).toBe(4);
    expect(shown.stderr).toMatch(
      /1 commit \(.*\) and 1 file not committed.*--keep-branch.*--discard-changes/s,
    );
    expect((await service.client.getTask(taskId)).status).toBe('running');
    expect((await cli('tasks', 'kill', taskId, '--discard-changes')).code).toBe(0);
    expect((await service.waitForStatus(taskId, 'killed')).kept).toBeNull();
  });

  it('is none when it was pushed, and is again when something is added', async () => {
    const { taskId, path, branch, own } = await worked();
    git(path, 'branch', '-D', 'aside');
    await service.client.pushTask(taskId);
    const { action } = await service.waitForTask(
      taskId,
      (task) => /done|error/.test(task.action!.state),
      60_000,
    );
    expect(action).toMatchObject({ state: 'done', kind: 'push' });
    expect(git(bare, 'rev-parse', `${branch}^`)).toBe(own);
    await writeFile(join(path, 'more.txt'), 'more\n');
    await expect(service.client.killTask(taskId)).rejects.toMatchObject({ code: 'unpushed_work' });
    await rm(join(path, 'more.txt'));
    await service.client.archiveTask(taskId);
    await service.waitForStatus(taskId, 'archived');
    await service.client.killTask(taskId);
    await service.waitForStatus(taskId, 'killed');
  });

  it('is asked for once more where nothing can be told of it any more', async () => {
    const { taskId, path } = await worked();
    await rm(join(path, '.git'), { recursive: true });
    await expect(service.client.killTask(taskId)).rejects.toMatchObject({ code: 'unpushed_work' });
    await service.client.killTask(taskId, { discardChanges: true });
    await service.waitForStatus(taskId, 'killed');
  });

  it('that is kept is listed with every tip, fetched out whole, and given up for good', async () => {
    const { taskId, projectId, own } = await worked();
    expect((await cli('tasks', 'kill', taskId, '--keep-branch')).code).toBe(0);
    const { kept } = await service.waitForStatus(taskId, 'killed', 60_000);
    const { items } = await service.client.listKept(projectId);
    const [one] = items.filter((each) => each.taskId === taskId);
    expect(one!.refs).toHaveLength(kept!.count);
    expect(one!.refs).toContainEqual({ name: `refs/kept/${taskId}/heads/aside`, commit: own });
    const listed = await cli('kept', 'list', '--project', projectId);
    expect(listed.stdout).toContain(`${taskId}`);
    expect(listed.stdout).toContain('heads/aside');

    const elsewhere = join(folder, 'elsewhere');
    git(folder, 'init', '--quiet', elsewhere);
    const fetched = await cli('kept', 'fetch', taskId, '--into', elsewhere);
    expect(fetched).toMatchObject({ code: 0, stderr: '' });
    const tips = git(elsewhere, 'for-each-ref', '--format=%(objectname) %(refname)').split('\n').sort();
    expect(tips).toEqual(one!.refs.map((ref) => `${ref.commit} ${ref.name}`).sort());
    expect(git(elsewhere, 'show', `refs/kept/${taskId}/uncommitted:loose.txt`)).toBe('loose');

    const file = join(elsewhere, 'work.bundle');
    expect((await cli('kept', 'fetch', taskId, '--bundle', file)).code).toBe(0);
    git(elsewhere, 'bundle', 'verify', '--quiet', file);
    // What is there is not written over.
    expect(await cli('kept', 'fetch', taskId, '--bundle', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('exists'),
    });
    const told = (await cli('kept', 'delete', taskId)).stdout;
    for (const words of ['--yes', 'heads/aside', own.slice(0, 10)]) expect(told).toContain(words);
    expect((await service.client.listKept(projectId)).items.map((each) => each.taskId)).toContain(taskId);
    expect((await cli('kept', 'delete', taskId, '--yes')).code).toBe(0);
    expect((await service.client.listKept(projectId)).items.map((each) => each.taskId)).not.toContain(taskId);
    expect((await service.client.getTask(taskId)).kept).toBeNull();
    expect((await cli('kept', 'delete', taskId)).stderr).toContain('Nothing is kept of this task');
    expect((await cli('kept', 'fetch', taskId, '--into', elsewhere)).code).toBe(3);
    const types = (await service.client.getHistory(taskId, { limit: 200 })).items.map(({ type }) => type);
    expect(types.at(-1)).toBe('KeptWorkDeleted');
  });
});
