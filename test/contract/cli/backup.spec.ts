import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Credential, KeptWork } from '@slipway/client';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import { systemClock } from '../../../src/platform/clock.js';
import { readRuntime } from '../../../src/app/runtime-file.js';
import { AppTokens } from '../../../src/repository/credentials/app-tokens.js';
import { CredentialRows } from '../../../src/repository/credentials/credential-rows.js';
import { Credentials } from '../../../src/repository/credentials/credentials.js';
import { SecretBox } from '../../../src/platform/secret-box.js';
import { secretKey } from '../../../src/repository/credentials/secret-key.js';
import { Vault } from '../../../src/repository/credentials/vault.js';
import { parseRepoRemote } from '../../../src/repository/repo-remote.js';
import { commit, git, makeRepository } from '../providers/repository.js';
import { runCli } from '../../support/run-cli.js';
import { ServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';

const TOKEN = 'token-of-the-spec-2718281828';
const PASSPHRASE = 'correct horse battery staple';

const LIMIT_MS = 360_000;

describe('slipway backup and restore', () => {
  let folder: string;
  let remote: string;
  let passphrase: string;
  let service: ServiceProcess;
  let running: string;
  let killed: string;
  let kept: readonly KeptWork[];
  let credentials: readonly Credential[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-backup-'));
    passphrase = join(folder, 'passphrase');
    await writeFile(passphrase, `${PASSPHRASE}\n`);
    makeRepository(join(folder, 'work'));
    remote = join(folder, 'shop.git');
    git(folder, 'clone', '--quiet', '--bare', 'work', remote);
    service = await ServiceProcess.start(settings());

    ({ taskId: killed } = await service.client.createTask({ task: 'feat: keep me', repoRemote: remote }));
    const { sandboxPath, projectId } = await service.waitForIdle(killed, 90_000);
    commit(sandboxPath!, { 'own.txt': 'own\n' });
    await writeFile(join(sandboxPath!, 'loose.txt'), 'loose\n');
    await service.client.killTask(killed, { keepBranch: true });
    await service.waitForStatus(killed, 'killed', 60_000);
    kept = (await service.client.listKept(projectId)).items;

    await service.client.changeProject(projectId, { env: { SECRET: 'of-the-project' } });
    ({ taskId: running } = await service.client.createTask({ task: 'look around', repoRemote: remote }));
    await service.waitForIdle(running, 90_000);
    const host = ['credentials', 'set', 'git.example.com'];
    expect(await cli(service.dataDir, host, `${TOKEN}\n`)).toMatchObject({ code: 0 });
    credentials = (await service.client.listCredentials('default')).items;
  }, LIMIT_MS);
  afterAll(async () => {
    // It was stopped by a test; sandboxes would outlive it.
    if (service.isOver) await service.start();
    await service.client.killTask(running, { discardChanges: true });
    await service.waitForStatus(running, 'killed', 60_000);
    await service.dispose();
    await rm(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  const settings = () => ({ SLIPWAY_PROVIDERS: 'local', SLIPWAY_LOCAL_REPO_ROOTS: folder });
  const cli = (dataDir: string, args: readonly string[], input?: string) =>
    runCli(args, { SLIPWAY_DATA_DIR: dataDir }, input);
  const withPassphrase = (...args: string[]) => [...args, '--passphrase-file', passphrase];

  it(
    'brings everything into an empty place, from one file of a service that runs',
    async () => {
      const file = join(folder, 'backup.tar');
      const made = await cli(service.dataDir, withPassphrase('backup', file, '--json'));
      expect(made).toMatchObject({ code: 0, stderr: '' });
      const { manifest } = JSON.parse(made.stdout) as { manifest: Record<string, unknown> };
      expect(manifest).toMatchObject({
        key: 'sealed',
        kept: 1,
        tables: { slipway_credentials: 1, slipway_project_envs: 1, slipway_webhook_secrets: 0 },
      });
      expect((await stat(file)).mode & 0o077).toBe(0);
      for (const secret of [TOKEN, await readFile(join(service.dataDir, 'secret.key'), 'utf8')])
        expect((await readFile(file)).includes(secret.trim())).toBe(false);

      const before = (await service.client.listTasks()).items;
      const restored = await ServiceProcess.unstarted(settings());
      try {
        const checked = await cli(restored.dataDir, withPassphrase('restore', file, '--dry-run'));
        expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing was written') });
        const done = await cli(restored.dataDir, withPassphrase('restore', file));
        expect(done).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('verified') });
        // As if it had been killed at its very end: it goes on, and changes nothing. Until then no service starts.
        const restoring = join(restored.dataDir, '.restoring');
        await mkdir(restoring);
        expect(await restored.startAndExit()).toMatchObject({
          code: 1,
          output: expect.stringContaining('a restore that did not end'),
        });
        await writeFile(join(restoring, 'backup.sha256'), await digestOfManifest(file));
        const again = await cli(restored.dataDir, withPassphrase('restore', file));
        expect(again).toMatchObject({ code: 0, stderr: '' });
        await restored.start();

        const timeless = ({ taskId, title, branchName, status }: (typeof before)[number]) =>
          [taskId, title, branchName, status] as const;
        // The rows are made from the log, while it starts and after.
        const count = async () => (await restored.client.listTasks()).items.length;
        await until('all tasks to be listed', 60_000, async () => (await count()) === before.length);
        for (const { taskId, status } of before) await restored.waitForStatus(taskId, status, 60_000);
        expect((await restored.client.listTasks()).items.map(timeless)).toEqual(before.map(timeless));
        expect((await restored.client.listCredentials('default')).items).toEqual(credentials);
        expect(await tokenIn(restored.dataDir)).toBe(TOKEN);
        const { projectId } = await restored.client.getTask(killed);
        expect((await restored.client.listKept(projectId)).items).toEqual(kept);
        const fetched = join(folder, 'fetched');
        git(folder, 'init', '--quiet', fetched);
        expect(await cli(restored.dataDir, ['kept', 'fetch', killed, '--into', fetched])).toMatchObject({
          code: 0,
        });
        expect(git(fetched, 'show', `refs/kept/${killed}/uncommitted:loose.txt`)).toBe('loose');
        const verified = await cli(restored.dataDir, ['projections', 'verify']);
        expect(verified).toMatchObject({ code: 0 });
        // And work goes on: also with what the project's tasks get, which is sealed.
        const { taskId } = await restored.client.createTask({ task: 'after it', repoRemote: remote });
        await restored.waitForIdle(taskId, 90_000);
      } finally {
        for (const { taskId } of (await restored.client.listTasks()).items)
          await restored.client.killTask(taskId, { discardChanges: true }).catch(() => undefined);
        await restored.dispose();
      }
    },
    LIMIT_MS,
  );

  async function digestOfManifest(file: string): Promise<string> {
    const unpacked = await mkdtemp(join(folder, 'unpacked-'));
    await extract({ file, cwd: unpacked });
    return createHash('sha256')
      .update(await readFile(join(unpacked, 'manifest.json')))
      .digest('hex');
  }

  /** What the credential of the spec's host opens with, by the key and the rows that lie there. */
  async function tokenIn(dataDir: string): Promise<string | undefined> {
    const { databaseUrl } = (await readRuntime(dataDir))!;
    const vault = new Vault(databaseUrl);
    try {
      const box = new SecretBox(await secretKey(dataDir, undefined));
      const all = new Credentials(new CredentialRows(vault), box, new AppTokens([], 60_000, systemClock));
      const found = await all.find(
        'default',
        parseRepoRemote('https://git.example.com/acme/shop.git', { localRoots: [] }),
      );
      return found?.kind === 'https' ? found.token : undefined;
    } finally {
      await vault.close();
    }
  }

  it(
    'makes a folder of a service that is stopped, and refuses what is not empty, not whole, or not opened',
    async () => {
      await service.stop();
      const backup = join(folder, 'backup');
      const made = await cli(service.dataDir, withPassphrase('backup', backup));
      expect(made).toMatchObject({ code: 0, stderr: '' });
      expect(await cli(service.dataDir, ['backup', backup, '--without-key'])).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('is there already'),
      });
      expect((await cli(service.dataDir, ['backup', join(folder, 'other')], '')).code).toBe(2);

      expect(await cli(service.dataDir, withPassphrase('restore', backup))).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('is not empty'),
      });

      const empty = join(folder, 'empty');
      await writeFile(join(folder, 'wrong'), 'another passphrase');
      const wrong = ['restore', backup, '--passphrase-file', join(folder, 'wrong')];
      expect(await cli(empty, wrong)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('passphrase does not open'),
      });
      const damaged = join(folder, 'damaged');
      await cp(backup, damaged, { recursive: true });
      const events = join(damaged, 'events.ndjson.gz');
      await truncate(events, (await stat(events)).size - 1);
      expect(await cli(empty, withPassphrase('restore', damaged))).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('events.ndjson.gz has'),
      });
      await cp(join(backup, 'events.ndjson.gz'), events);
      await writeFile(join(damaged, 'slipway_credentials.ndjson.gz'), await readFile(events));
      expect((await cli(empty, withPassphrase('restore', damaged))).stderr).toContain('slipway_credentials');
      // What was refused has left nothing but the lock.
      expect((await readdir(empty)).filter((name) => !name.startsWith('process.lock'))).toEqual([]);
    },
    LIMIT_MS,
  );
});
