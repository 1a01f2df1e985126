import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '../..');

interface Outcome {
  readonly code: number | null;
  readonly said: string;
}

describe('a build', () => {
  let root = '';

  beforeEach(async () => {
    // A small project of the same shape: the real compilers, little to compile.
    root = await mkdtemp(join(tmpdir(), 'slipway-build-'));
    await symlink(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
    await cp(join(PROJECT, 'scripts'), join(root, 'scripts'), { recursive: true });
    const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
    for (const file of files) await cp(join(PROJECT, file), join(root, file));
    for (const name of ['eventstore', 'postgres']) {
      await mkdir(join(root, 'embedded', name, 'src'), { recursive: true });
      await cp(
        join(PROJECT, 'embedded', name, 'tsconfig.json'),
        join(root, 'embedded', name, 'tsconfig.json'),
      );
      await writeFile(join(root, 'embedded', name, 'src/index.ts'), 'export const one = 1;\n');
    }
    await mkdir(join(root, 'src/replay'), { recursive: true });
    await writeFile(join(root, 'src/main.ts'), 'export const one: number = 1;\n');
    await writeFile(join(root, 'src/replay/slipway.ts'), 'export const one: number = 1;\n');
    await mkdir(join(root, 'web/src'), { recursive: true });
    await cp(join(PROJECT, 'web/tsconfig.json'), join(root, 'web/tsconfig.json'));
    await writeFile(join(root, 'web/index.html'), '<script type="module" src="/src/main.ts"></script>\n');
    await writeFile(join(root, 'web/src/main.ts'), 'document.title = "one";\n');
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  const build = () =>
    new Promise<Outcome>((resolve) => {
      const child = spawn(process.execPath, [join(root, 'scripts/build.mjs'), root], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
      child.once('close', (code) => resolve({ code, said }));
    });
  const partsIn = (said: string) => [...said.matchAll(/^build \d\/\d: (.*) … /gm)].map(([, name]) => name);

  it('builds everything once, and nothing when nothing has changed', async () => {
    const first = await build();
    expect(first).toMatchObject({ code: 0 });
    expect(partsIn(first.said)).toEqual(['embedded eventstore', 'embedded postgres', 'service', 'workbench']);
    const { mtimeMs } = await stat(join(root, 'dist/main.js'));
    expect(await build()).toEqual({ code: 0, said: '' });
    expect((await stat(join(root, 'dist/main.js'))).mtimeMs).toBe(mtimeMs);
  });

  it('builds again what a source, a setting of the compiler or the lock file changes, or what is gone', async () => {
    await build();
    await writeFile(join(root, 'src/main.ts'), 'export const two: number = 2;\n');
    expect(partsIn((await build()).said)).toEqual(['service']);
    expect(await readFile(join(root, 'dist/main.js'), 'utf8')).toContain('two');
    await writeFile(join(root, 'web/src/main.ts'), 'document.title = "two";\n');
    expect(partsIn((await build()).said)).toEqual(['workbench']);
    await appendFile(join(root, 'tsconfig.build.json'), '\n');
    expect(partsIn((await build()).said)).toEqual(['service']);
    await appendFile(join(root, 'package-lock.json'), '\n');
    expect(partsIn((await build()).said)).toHaveLength(4);
    await rm(join(root, 'dist/main.js'));
    expect(partsIn((await build()).said)).toEqual(['service']);
    await stat(join(root, 'dist/main.js'));
    expect(await build()).toEqual({ code: 0, said: '' });
  });

  it('says why when it cannot, ends with an error, and builds again once it can', async () => {
    await build();
    await writeFile(join(root, 'src/main.ts'), 'export const one: number = "one";\n');
    const failed = await build();
    expect(failed).toMatchObject({ code: 1, said: expect.stringContaining('src/main.ts') });
    expect((await build()).code).toBe(1);
    await writeFile(join(root, 'src/main.ts'), 'export const one: number = 1;\n');
    expect(await build()).toMatchObject({ code: 0 });
  });

  it('is done by one of two that begin at the same time, also where a build was killed before', async () => {
    await mkdir(join(root, 'dist'), { recursive: true });
    const dead = spawn(process.execPath, ['-e', '0']);
    await new Promise((resolve) => dead.once('exit', resolve));
    await writeFile(join(root, 'dist/.building'), String(dead.pid));
    const both = await Promise.all([build(), build()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.flatMap(({ said }) => partsIn(said))).toHaveLength(4);
  });
});
