import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Credential } from '@slipway/client';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, makeRepository } from '../contract/providers/repository.js';
import { GitHost } from '../support/git-host.js';
import { readRuntime } from '../../src/app/runtime-file.js';
import { shownByDescendants } from '../support/processes.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';

const TOKEN = 'tok-3141592653589793';

describe("a workspace's credentials", () => {
  let folder = '';
  let host: GitHost;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-credentials-'));
    makeRepository(join(folder, 'shop'));
    git(folder, 'clone', '--quiet', '--bare', 'shop', 'shop.git');
    host = await GitHost.start({ root: folder, token: TOKEN });
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      GIT_SSL_CAINFO: host.certificate,
    });
  });
  afterAll(async () => {
    await service.dispose();
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const cli = (args: string[], input?: string) =>
    runCli(['credentials', ...args], { SLIPWAY_DATA_DIR: service.dataDir }, input);
  const path = () => `/v1/workspaces/default/credentials/${host.name}`;
  const list = async (): Promise<Credential[]> => (await service.client.listCredentials('default')).items;
  const create = () =>
    service.client.createTask({ task: 'fix: the door', repoRemote: `${host.url}/shop.git` });

  it('are said to be missing by the task that needs one, with the command that gives it', async () => {
    const { taskId } = await create();
    const task = await service.waitForStatus(taskId, 'error', 60_000);
    expect(task.error).toMatchObject({ code: 'remote_unauthorized', stage: 'create_sandbox', attempts: 1 });
    expect(task.error!.reason).toContain(`slipway credentials set ${host.name}`);

    const set = await cli(['set', host.name], `${TOKEN}\n`);
    expect(set).toMatchObject({ code: 0, stderr: '' });
    expect(set.stdout).toBe(`The workspace default has a token (user git) for ${host.name}.\n`);
    await service.client.retryTask(taskId);
    await service.waitForStatus(taskId, 'running', 90_000);
  });

  it('are shown without what is secret, and are still there after a restart and a rebuild of the rows', async () => {
    await service.stop();
    await service.start();
    const rebuilt = await runCli(['projections', 'rebuild'], { SLIPWAY_DATA_DIR: service.dataDir });
    expect(rebuilt.code).toBe(0);
    expect(await list()).toEqual([
      {
        workspaceId: 'default',
        host: host.name,
        kind: 'https',
        username: 'git',
        appId: null,
        fingerprint: expect.stringMatching(/^hmac:[0-9a-f]{16}$/),
        createdAt: expect.any(String),
        lastUsedAt: expect.any(String),
      },
    ]);
    const shown = await cli(['list']);
    expect(shown.stdout).toContain(host.name);
    expect(shown.stdout).not.toContain(TOKEN);
  });

  it('lie nowhere as they are: not in the stores, the sandboxes, the log or the history', async () => {
    const { taskId } = await create();
    await service.waitForStatus(taskId, 'running', 90_000);
    expect(JSON.stringify(await service.client.getHistory(taskId))).not.toContain(TOKEN);
    expect(service.log).not.toContain(TOKEN);
    const found = spawnSync('grep', ['-rlaF', '--', TOKEN, service.dataDir], { encoding: 'utf8' });
    expect(found.stdout).toBe('');
    const encoded = Buffer.from(`git:${TOKEN}`).toString('base64');
    expect(spawnSync('grep', ['-rlaF', '--', encoded, service.dataDir], { encoding: 'utf8' }).stdout).toBe(
      '',
    );
    expect(statSync(join(service.dataDir, 'secret.key')).mode & 0o777).toBe(0o600);
    const running = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(running).not.toContain(TOKEN);
  });

  it('are told apart by what is wrong with them', async () => {
    const put = (body: object, at = path()) => service.put(at, body);
    expect((await put({ kind: 'https' })).body).toMatchObject({ status: 400, errors: [{ field: 'token' }] });
    expect((await put({ kind: 'https', token: 'a b' })).body).toMatchObject({ errors: [{ field: 'token' }] });
    expect((await put({ kind: 'ftp', token: 'a' })).body).toMatchObject({ errors: [{ field: 'kind' }] });
    expect((await put({ kind: 'ssh', token: 'a' })).body).toMatchObject({ errors: [{ field: 'token' }] });
    expect((await put({ kind: 'ssh', privateKey: 'no', knownHosts: 'a b c' })).body).toMatchObject({
      errors: [{ field: 'privateKey' }],
    });
    expect((await put({ kind: 'https', token: 'a' }, '/v1/workspaces/a%2Fb/credentials/h')).status).toBe(400);
    expect(
      (await put({ kind: 'https', token: 'a' }, '/v1/workspaces/a/credentials/h%0Aost')).body,
    ).toMatchObject({
      errors: [{ field: 'host' }],
    });
    expect(JSON.stringify(await put({ kind: 'https', token: 'se cret' }))).not.toContain('se cret');
  });

  it('are for a host, which is told before anything is asked', async () => {
    for (const args of [
      ['set', ''],
      ['set', 'http://x'],
      ['set', '..'],
      ['delete', 'a/b'],
      ['delete', ''],
    ]) {
      const { code, stderr } = await cli(args, 'token\n');
      expect([args, code, stderr]).toEqual([args, 2, expect.stringContaining('a host such as github.com')]);
    }
  });

  it('of another workspace are not shown, and deleted ones are gone', async () => {
    expect((await service.client.listCredentials('other')).items).toEqual([]);
    expect((await cli(['delete', host.name, '--workspace', 'other'])).code).toBe(3);
    expect((await cli(['delete', host.name])).code).toBe(0);
    expect(await list()).toEqual([]);
    await expect(service.client.deleteCredential('default', host.name)).rejects.toMatchObject({
      code: 'credentials_missing',
      status: 404,
    });
  });

  it('and the other secrets of a service are in nothing that it says, stores, starts or answers', async () => {
    const planted = {
      SLIPWAY_SECRET_KEY: randomBytes(32).toString('base64'),
      SLIPWAY_OIDC_CLIENT_SECRET: 'planted-oidc-1618033988749894',
      PROVIDER_API_KEY: 'planted-provider-1414213562373095',
      LOG_LEVEL: 'trace',
    };
    await service.stop();
    await service.start(planted);
    expect((await cli(['set', host.name], `${TOKEN}\n`)).code).toBe(0);
    const made = await runCli(['tokens', 'create', 'planted', '--json'], {
      SLIPWAY_DATA_DIR: service.dataDir,
    });
    const { token } = JSON.parse(made.stdout) as { token: string };
    const runtime = (await readRuntime(service.dataDir))!;
    const secrets = [
      TOKEN,
      planted.SLIPWAY_SECRET_KEY,
      planted.SLIPWAY_OIDC_CLIENT_SECRET,
      planted.PROVIDER_API_KEY,
      // `slw_<id>_<secret>`, of which the last may have further underscores.
      token.split('_').slice(2).join('_'),
      new URL(runtime.databaseUrl).password,
      new URL(runtime.eventStoreUrl).searchParams.get('connectionName')!,
    ];
    const holding = (texts: readonly string[]) =>
      secrets.flatMap((secret, index) => texts.flatMap((text) => (text.includes(secret) ? [index] : [])));
    const shown = new Set<string>();
    const look = () => shownByDescendants(service.pid).forEach((text) => shown.add(text));
    const looking = setInterval(look, 20);
    const { taskId } = await create();
    await service.waitForStatus(taskId, 'running', 90_000).finally(() => clearInterval(looking));
    look();
    expect(shown.size).toBeGreaterThan(3);
    const showing = [...shown].filter((text) => holding([text]).length > 0);
    expect(showing.map((text) => text.split('\0').slice(0, 4))).toEqual([]);
    const answers = await Promise.all(
      ['/v1/tasks', `/v1/tasks/${taskId}`, `/v1/tasks/${taskId}/history`, '/v1/audit', '/v1/tokens', path()]
        .concat('/v1/me', '/metrics', '/health/ready', '/openapi.json', '/v1/providers', '/v1/nothing')
        .map(async (each) => JSON.stringify((await service.get(each)).body)),
    );
    expect(holding(answers)).toEqual([]);
    const exported = await runCli(['events', 'export'], { SLIPWAY_DATA_DIR: service.dataDir });
    expect(exported.stdout).toContain(taskId);
    expect(holding([exported.stdout, service.log])).toEqual([]);
    await service.stop();
    const refused: Record<string, string>[] = [
      { SLIPWAY_SECRET_KEY: 'planted-and-too-short' },
      { SLIPWAY_AUTH: 'oidc', SLIPWAY_OIDC_CLIENT_SECRET: planted.SLIPWAY_OIDC_CLIENT_SECRET },
      { DATABASE_URL: 'postgres:/u:planted-pass@127.0.0.1/x' },
      { EVENTSTORE_URL: 'http://u:planted-pass@127.0.0.1:1' },
    ];
    for (const env of refused) {
      const { code, output } = await service.startAndExit({ ...env, LOG_LEVEL: 'trace' });
      expect(code).not.toBe(0);
      expect(output).not.toMatch(/planted-(and|pass)/);
      expect(holding([output])).toEqual([]);
    }
  }, 180_000);
});
