import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, makeRepository } from '../contract/providers/repository.js';
import { GitHost } from '../support/git-host.js';
import { HostingApi } from '../support/hosting-api.js';
import { Replicas } from '../support/replicas.js';
import type { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 120_000;
const TOKEN = 'tok-1618033988749894';

describe('open pull requests', () => {
  let folder = '';
  let api: HostingApi;
  let host: GitHost;
  let replicas: Replicas;
  let worker: ServiceProcess;
  let front: ServiceProcess;
  let other: ServiceProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-watch-'));
    makeRepository(join(folder, 'work'));
    git(folder, 'clone', '--quiet', '--bare', 'work', 'acme/shop.git');
    git(join(folder, 'acme/shop.git'), 'config', 'http.receivepack', 'true');
    api = new HostingApi(folder, TOKEN);
    host = await GitHost.start({ root: folder, token: TOKEN, api: api.handle });
    replicas = await Replicas.prepare({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      SLIPWAY_GIT_HOSTS: `${host.name}=github`,
      SLIPWAY_SECRET_KEY: randomBytes(32).toString('hex'),
      SLIPWAY_PULL_REQUESTS_EVERY_S: '1',
      GIT_SSL_CAINFO: host.certificate,
      NODE_EXTRA_CA_CERTS: host.certificate,
    });
    // Each has a role of its own: who works on tasks has no rows, and who writes rows changes no task.
    worker = await replicas.add({ SLIPWAY_ROLES: 'saga' });
    await replicas.add({ SLIPWAY_ROLES: 'projector' });
    front = await replicas.add({ SLIPWAY_ROLES: 'api' });
    other = await replicas.add({ SLIPWAY_ROLES: 'api' });
    await front.client.setCredential('default', host.name, { kind: 'https', token: TOKEN });
  }, LIMIT_MS);
  afterAll(async () => {
    await replicas?.stop();
    await host?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const stateIn = async (taskId: string) => (await other.client.getTask(taskId)).pullRequest?.state;

  it(
    'are looked at by one replica, whatever roles the others have, and a host that asks to wait is left alone',
    async () => {
      const { taskId } = await front.client.createTask({
        task: 'fix: the door\n!write door.txt open',
        repoRemote: `${host.url}/acme/shop.git`,
        permissionPolicy: 'allow_edits',
      });
      await front.waitForIdle(taskId, 90_000);
      await front.client.openPullRequest(taskId);
      await until('the pull request', 60_000, async () => (await stateIn(taskId)) === 'open');
      expect(worker.isOver).toBe(false);

      const [opened] = api.pullRequests;
      const looks = () => api.asked.filter((each) => each.endsWith(`/pulls/${opened!.number}`)).length;
      const before = looks();
      await until('some rounds', 30_000, () => looks() >= before + 4);
      // Two would have looked twice as often: in each second of rounds there is one look.
      const [begin, begun] = [looks(), performance.now()];
      await until('more rounds', 30_000, () => looks() >= begin + 4);
      expect(performance.now() - begun).toBeGreaterThan(2_900);

      api.next.push([403, { message: 'API rate limit exceeded' }, { 'retry-after': '4' }]);
      await until('the host to have asked to wait', 10_000, () => api.next.length === 0);
      const [left, waited] = [looks(), performance.now()];
      opened!.state = 'merged';
      await until('the look after that', 30_000, () => looks() > left);
      expect(performance.now() - waited).toBeGreaterThan(3_000);
      await until('the merge to be seen', 30_000, async () => (await stateIn(taskId)) === 'merged');

      // What is merged is not looked at any more.
      const last = looks();
      const rounds = api.asked.length;
      opened!.state = 'open';
      await front.client.refreshPullRequest(taskId);
      expect(looks()).toBe(last + 1);
      expect(api.asked.length).toBeLessThanOrEqual(rounds + 3);
    },
    LIMIT_MS,
  );

  it(
    'are looked at by another replica when the one is gone',
    async () => {
      const [opened] = api.pullRequests;
      const { items } = await other.client.listTasks();
      const { taskId } = items[0]!;
      await until('it to be open', 30_000, async () => (await stateIn(taskId)) === 'open');
      await front.kill();
      opened!.state = 'closed';
      await until('the close to be seen', 60_000, async () => (await stateIn(taskId)) === 'closed');
    },
    LIMIT_MS,
  );
});
