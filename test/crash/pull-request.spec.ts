import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACTION_POINTS } from '../../src/platform/trace-points.js';
import { git, makeRepository } from '../contract/providers/repository.js';
import { GitHost } from '../support/git-host.js';
import { HostingApi } from '../support/hosting-api.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 120_000;
const TOKEN = 'tok-2718281828459045';

/** From a prompt to an open pull request on a private repository, the service killed at each place on the way. */
describe('a pull request under kill -9', () => {
  let folder = '';
  let bare = '';
  let api: HostingApi;
  let host: GitHost;
  let service: ServiceProcess;
  let crashFile = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-pull-request-'));
    crashFile = join(folder, 'crash');
    makeRepository(join(folder, 'work'));
    bare = join(folder, 'acme/shop.git');
    git(folder, 'clone', '--quiet', '--bare', 'work', bare);
    git(bare, 'config', 'http.receivepack', 'true');
    api = new HostingApi(folder, TOKEN);
    host = await GitHost.start({ root: folder, token: TOKEN, api: api.handle });
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      SLIPWAY_GIT_HOSTS: `${host.name}=github`,
      SLIPWAY_BACKOFF_FIRST_MS: '100',
      GIT_SSL_CAINFO: host.certificate,
      NODE_EXTRA_CA_CERTS: host.certificate,
      CRASH_FILE: crashFile,
    });
    await service.client.setCredential('default', host.name, { kind: 'https', token: TOKEN });
  }, LIMIT_MS);
  afterAll(async () => {
    await service.dispose();
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function worked() {
    const { taskId } = await service.client.createTask({
      task: 'fix: the door\n!write door.txt open',
      repoRemote: `${host.url}/acme/shop.git`,
      permissionPolicy: 'allow_edits',
    });
    const { branchName } = await service.waitForIdle(taskId, 90_000);
    return { taskId, branch: branchName! };
  }
  async function arm(point: string) {
    writeFileSync(crashFile, `${point} 1`);
    process.kill(service.pid, 'SIGUSR2');
    await until('the crash to be armed', 10_000, () => !existsSync(crashFile));
  }
  /** The action has its outcome, which is one commit on the remote and one pull request. */
  async function isOpenOnce(taskId: string, branch: string) {
    await until('the pull request to be open', 90_000, async () => {
      const { items } = await service.client.listActions(taskId);
      if (items[0]?.state === 'error') throw new Error(items[0].message);
      return items.length === 1 && items[0]!.state === 'done';
    });
    expect(git(bare, 'rev-list', '--count', `main..${branch}`)).toBe('1');
    expect(git(bare, 'show', `${branch}:door.txt`)).toBe('open');
    const opened = api.pullRequests.filter(({ head }) => head === branch);
    expect(opened).toMatchObject([{ base: 'main', state: 'open', draft: false }]);
    const { pullRequest, action, pushedCommit } = await service.client.getTask(taskId);
    expect(pullRequest).toMatchObject({ number: opened[0]!.number, state: 'open' });
    expect(action).toMatchObject({ kind: 'pull_request', state: 'done', url: pullRequest!.url });
    expect(pushedCommit).toBe(git(bare, 'rev-parse', branch));
    return opened[0]!;
  }

  it(
    'comes of one request, with the words of the task and of its agent',
    async () => {
      const { taskId, branch } = await worked();
      const asked = await service.client.openPullRequest(taskId, { idempotencyKey: 'once' });
      expect(asked).toMatchObject({ taskId, kind: 'pull_request', error: null });
      expect((await service.client.openPullRequest(taskId, { idempotencyKey: 'once' })).actionId).toBe(
        asked.actionId,
      );
      const opened = await isOpenOnce(taskId, branch);
      const { title, body } = opened;
      expect(title).toBe('fix: the door');
      expect(body).toContain('> !write door.txt open');
      const types = (await service.client.getHistory(taskId, { limit: 200 })).items.map(({ type }) => type);
      expect(types.filter((type) => /Pull|Push/.test(type))).toEqual([
        ...['PullRequestRequested', 'PullRequestStarted', 'BranchPushed', 'PullRequestOpened'],
      ]);
      opened.state = 'merged';
      api.checks = [{ name: 'ci', status: 'completed', conclusion: 'success' }];
      const { pullRequest } = await service.client.refreshPullRequest(taskId);
      expect(pullRequest).toMatchObject({ state: 'merged', checks: 'passed' });
      api.checks = [];
    },
    LIMIT_MS,
  );

  it.each(ACTION_POINTS)(
    'is open once, with one commit, after a kill at %s',
    async (point) => {
      const { taskId, branch } = await worked();
      await arm(point);
      await service.client.openPullRequest(taskId).catch(() => undefined);
      await until('the service to be dead', 30_000, () => service.isOver);
      await service.start();
      await isOpenOnce(taskId, branch);
    },
    LIMIT_MS,
  );

  it(
    'is asked for no sooner than the host wants, also after a kill',
    async () => {
      const { taskId, branch } = await worked();
      const pushes = host.pushes;
      api.next.push([403, { message: 'API rate limit exceeded' }, { 'retry-after': '8' }]);
      await service.client.openPullRequest(taskId);
      const told = async () => (await service.client.getTask(taskId)).action?.message ?? '';
      await until('the host to ask to wait', 60_000, async () => /next at/.test(await told()));
      const [, next] = /next at (\S+):/.exec(await told())!;
      await service.kill();
      await service.start();
      const asked = api.asked.length;
      await until('the next attempt', 60_000, () => api.asked.length > asked);
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(next!));
      await isOpenOnce(taskId, branch);
      // What was pushed is found there.
      expect(host.pushes).toBe(pushes + 1);
    },
    LIMIT_MS,
  );

  it(
    'is another one for what is done after it was merged',
    async () => {
      const { taskId, branch } = await worked();
      await service.client.openPullRequest(taskId);
      const first = await isOpenOnce(taskId, branch);
      git(bare, 'update-ref', 'refs/heads/main', branch);
      git(bare, 'update-ref', '-d', `refs/heads/${branch}`);
      first.state = 'merged';
      expect((await service.client.refreshPullRequest(taskId)).pullRequest).toMatchObject({
        state: 'merged',
      });
      const { sessionId } = await service.client.getTask(taskId);
      await service.client.queuePrompt(taskId, sessionId!, '!write window.txt open');
      await until('the window', 60_000, async () => {
        const { changes } = await service.client.getTask(taskId);
        return changes?.files === 2;
      });
      await service.waitForIdle(taskId, 60_000);
      await service.client.openPullRequest(taskId);
      await until('the second one', 60_000, async () => {
        const { items } = await service.client.listActions(taskId);
        if (items[0]?.state === 'error') throw new Error(items[0].message);
        return items.length === 2 && items[0]!.state === 'done';
      });
      const both = api.pullRequests.filter(({ head }) => head === branch);
      expect(both.map(({ state }) => state)).toEqual(['merged', 'open']);
      expect(git(bare, 'diff', '--name-only', `main..${branch}`)).toBe('window.txt');
      expect((await service.client.getTask(taskId)).pullRequest).toMatchObject({
        number: both[1]!.number,
        state: 'open',
      });
    },
    LIMIT_MS,
  );

  it('has told nobody its token', () => expect(service.log).not.toContain(TOKEN));
});
