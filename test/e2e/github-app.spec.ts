import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, makeRepository } from '../contract/providers/repository.js';
import { GitHost } from '../support/git-host.js';
import { GitHubApp } from '../support/github-app.js';
import { HostingApi } from '../support/hosting-api.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 120_000;

describe('a workspace with a GitHub App', () => {
  let folder = '';
  let app: GitHubApp;
  let api: HostingApi;
  let host: GitHost;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-github-app-e2e-'));
    makeRepository(join(folder, 'work'));
    for (const name of ['shop', 'other']) {
      git(folder, 'clone', '--quiet', '--bare', 'work', `acme/${name}.git`);
      git(join(folder, `acme/${name}.git`), 'config', 'http.receivepack', 'true');
    }
    app = new GitHubApp();
    app.installations.set('acme/shop', 7);
    api = new HostingApi(folder, 'no token of anybody', app);
    const opens = (username: string, token: string, path: string) =>
      username === 'x-access-token' && app.opens(token, path);
    host = await GitHost.start({ root: folder, token: 'nor this', api: api.handle, opens });
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      SLIPWAY_GIT_HOSTS: `${host.name}=github`,
      SLIPWAY_BACKOFF_FIRST_MS: '100',
      GIT_SSL_CAINFO: host.certificate,
      NODE_EXTRA_CA_CERTS: host.certificate,
    });
  }, LIMIT_MS);
  afterAll(async () => {
    await service.dispose();
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const cli = (...args: string[]) => runCli(['credentials', ...args], { SLIPWAY_DATA_DIR: service.dataDir });
  const create = (path: string) =>
    service.client.createTask({
      task: 'fix: the door\n!write door.txt open',
      repoRemote: `${host.url}/${path}`,
      permissionPolicy: 'allow_edits',
    });
  async function done(taskId: string) {
    await until('the action to be done', 60_000, async () => {
      const [action] = (await service.client.listActions(taskId)).items;
      if (action?.state === 'error') throw new Error(action.message);
      return action?.state === 'done';
    });
  }

  it('is told what is wrong with what it gives', async () => {
    const key = join(folder, 'app.pem');
    writeFileSync(key, 'no key');
    const bad = await cli('set', host.name, '--app-id', app.appId, '--app-key', key);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('privateKey must be an RSA private key in PEM without a passphrase');
    expect((await cli('set', host.name, '--app-id', '1')).stderr).toContain('go together');
    writeFileSync(key, app.privateKey);
    expect((await cli('set', host.name, '--app-id', 'a b', '--app-key', key)).stderr).toContain(
      'appId must be',
    );
    const both = await cli('set', host.name, '--app-id', '1', '--app-key', key, '--ssh-key', key);
    expect(both.stderr).toContain('or a GitHub App');

    const set = await cli('set', host.name, '--app-id', app.appId, '--app-key', key);
    expect(set).toMatchObject({ code: 0, stderr: '' });
    expect(set.stdout).toMatch(
      /^The workspace default has the GitHub App 271828 \(SHA256:[\w+/]{43}=\) for /,
    );
    expect((await service.client.listCredentials('default')).items).toMatchObject([
      { kind: 'app', appId: app.appId, username: null },
    ]);
    expect((await cli('list')).stdout).toMatch(/app +271828 +SHA256:/);
  });

  it(
    'goes from a prompt to an open pull request with tokens that are made on the way, and live on',
    async () => {
      // Too short to wait with: each use has a token of its own.
      app.lifeMs = 60_000;
      const { taskId } = await create('acme/shop.git');
      const { branchName } = await service.waitForIdle(taskId, 90_000);
      const before = app.tokens.size;
      expect(before).toBeGreaterThan(0);
      await service.client.openPullRequest(taskId);
      await done(taskId);
      expect(app.tokens.size).toBeGreaterThan(before);
      expect(api.pullRequests).toMatchObject([{ head: branchName, state: 'open' }]);
      expect(git(join(folder, 'acme/shop.git'), 'show', `${branchName}:door.txt`)).toBe('open');
    },
    LIMIT_MS,
  );

  it(
    'pushes again after a kill, with one token for as long as it lives',
    async () => {
      app.lifeMs = 3_600_000;
      const { taskId } = await create('acme/shop.git');
      await service.waitForIdle(taskId, 90_000);
      await service.kill();
      await service.start();
      const before = app.tokens.size;
      await service.client.openPullRequest(taskId);
      await done(taskId);
      await service.client.refreshPullRequest(taskId);
      expect(app.tokens.size).toBe(before + 1);
    },
    LIMIT_MS,
  );

  it(
    'is told where the app is not installed, once and for good',
    async () => {
      const { taskId } = await create('acme/other.git');
      const { error } = await service.waitForStatus(taskId, 'error', 60_000);
      expect(error).toMatchObject({ code: 'credentials_refused', stage: 'create_sandbox', attempts: 1 });
      expect(error!.reason).toMatch(/App 271828 is not installed on acme\/other at .*Install it there/);
      app.installations.set('acme/other', 7);
      await service.client.retryTask(taskId);
      await service.waitForStatus(taskId, 'running', 90_000);
    },
    LIMIT_MS,
  );

  it('finds what it gave nowhere: not its key, not a token, not what is signed', () => {
    const secrets = [
      ...app.tokens.keys(),
      ...app.signed.map((jwt) => jwt.split('.')[2]!),
      ...app.privateKey.split('\n').slice(1, 4),
    ];
    for (const secret of secrets) expect(service.log).not.toContain(secret);
    writeFileSync(join(folder, 'secrets'), secrets.join('\n'));
    const found = spawnSync('grep', ['-rlaF', '-f', join(folder, 'secrets'), service.dataDir], {
      encoding: 'utf8',
    });
    expect(found.stdout).toBe('');
  });
});
