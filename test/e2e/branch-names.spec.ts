import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, makeRepository } from '../support/git-repository.js';
import { ServiceProcess } from '../support/service-process.js';

describe('branches of tasks on a real repository', () => {
  let service: ServiceProcess;
  let roots: string;
  let repoRemote: string;

  beforeAll(async () => {
    roots = await realpath(await mkdtemp(join(tmpdir(), 'slipway-branches-')));
    repoRemote = await makeRepository(join(roots, 'shop'));
    for (const branch of ['fix-the-login', 'fix-the-login-2', 'feat-cart/part-1', 'mine'])
      await git(repoRemote, 'branch', branch);
    service = await ServiceProcess.start({ SLIPWAY_PROVIDERS: 'local', SLIPWAY_LOCAL_REPO_ROOTS: roots });
  });
  afterAll(async () => {
    const { body } = await service.get<{ items: { taskId: string }[] }>('/v1/tasks');
    for (const { taskId } of body.items)
      await service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true });
    for (const { taskId } of body.items) await service.waitForStatus(taskId, 'killed');
    await service.dispose();
    await rm(roots, { recursive: true, force: true });
  });

  const create = async (body: object) => {
    const { status, body: task } = await service.post('/v1/tasks', { repoRemote, ...body });
    expect(status).toBe(201);
    return task.taskId;
  };

  it.each([
    ['fix: the login', 'fix-the-login-3'],
    ['feat: cart', 'feat-cart-2'],
  ])('of %j is the next one that the repository does not have', async (task, branchName) => {
    expect(await service.waitForStatus(await create({ task }), 'running')).toMatchObject({ branchName });
  });

  it('in another workspace are chosen anew once the repository has them', async () => {
    const [first, second] = ['one', 'two'];
    const here = await create({ task: 'fix: the cart', workspaceId: first });
    const { branchName, sandboxPath } = await service.waitForStatus(here, 'running');
    expect(branchName).toBe('fix-the-cart');
    await git(sandboxPath!, 'push', '--quiet', repoRemote, branchName!);
    const there = await create({ task: 'fix: the cart', workspaceId: second });
    expect(await service.waitForStatus(there, 'running')).toMatchObject({ branchName: 'fix-the-cart-2' });
    for (const taskId of [here, there]) {
      await service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true });
      await service.waitForStatus(taskId, 'killed');
    }
  });

  it('that the caller named and that the repository has are a clear end; killed, the name is free again', async () => {
    const failed = await service.waitForStatus(await create({ task: 'x', branchName: 'mine' }), 'error');
    expect(failed.error).toMatchObject({ stage: 'create_sandbox', code: 'branch_taken', attempts: 1 });
    const beside = await service.waitForStatus(await create({ task: 'x', branchName: 'mine/too' }), 'error');
    expect(beside.error).toMatchObject({ stage: 'ensure_name', code: 'branch_taken' });
    await service.post(`/v1/tasks/${failed.taskId}/kill`, { discardChanges: true });
    await service.waitForStatus(failed.taskId, 'killed');
    await git(repoRemote, 'branch', '-D', 'mine');
    await service.waitForStatus(await create({ task: 'x', branchName: 'mine' }), 'running');
  });

  it('cannot be the branch that they start from', async () => {
    const { status, body } = await service.post<{ code: string }>('/v1/tasks', {
      ...{ repoRemote, task: 'x', branchName: 'main', onBranch: 'main' },
    });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'bad_branch' });
  });

  it('need a commit to start from, and an empty repository says so', async () => {
    const empty = join(roots, 'empty');
    await git(roots, 'init', '--quiet', '--initial-branch=main', empty);
    const taskId = await create({ task: 'x', repoRemote: empty });
    const { error } = await service.waitForStatus(taskId, 'error');
    expect(error!.reason).toMatch(/is empty.*first commit.*retry/i);
    await makeRepository(empty);
    await service.post(`/v1/tasks/${taskId}/retry`, {});
    await service.waitForStatus(taskId, 'running');
  });
});
