import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '../..');

const PACKAGES = ['process-lock', 'embedded-eventstore', 'embedded-postgres', 'client', 'provider-contract'];
const PARTS = [
  ...['process lock', 'embedded eventstore', 'embedded postgres', 'client', 'provider contract'],
  ...['service', 'workbench'],
];
/** What runs before the bundle. */
const LOADER = [
  'main',
  'app/node-version',
  'app/load-program',
  'app/compiled-bundle',
  'platform/import-outside',
  'cli/slipway',
];
const PROGRAM = 'src/app/run-service.ts';
const programSaying = (text: string) =>
  `console.log('${text} from', import.meta.url.includes('/bundle-') ? 'a bundle' : 'modules');\nexport const runService = () => undefined;\n`;

interface Outcome {
  readonly code: number | null;
  readonly said: string;
}

describe('a build', () => {
  let built = '';
  let first: Outcome = { code: null, said: '' };
  let root = '';

  beforeAll(async () => {
    // A small project of the same shape: the real compilers, little to compile.
    built = root = await mkdtemp(join(tmpdir(), 'slipway-build-'));
    await symlink(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
    await cp(join(PROJECT, 'scripts'), join(root, 'scripts'), { recursive: true });
    const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
    for (const file of files) await cp(join(PROJECT, file), join(root, file));
    for (const name of PACKAGES) {
      const folder = join('packages', name);
      await mkdir(join(root, folder, 'src'), { recursive: true });
      await cp(join(PROJECT, folder, 'tsconfig.json'), join(root, folder, 'tsconfig.json'));
      await writeFile(join(root, folder, 'src/index.ts'), 'export const one = 1;\n');
    }
    for (const name of LOADER) await cp(join(PROJECT, `src/${name}.ts`), join(root, `src/${name}.ts`));
    await writeFile(join(root, PROGRAM), programSaying('one'));
    await writeFile(join(root, 'src/cli/cli.ts'), 'export const one: number = 1;\n');
    await mkdir(join(root, 'web/src'), { recursive: true });
    await cp(join(PROJECT, 'web/tsconfig.json'), join(root, 'web/tsconfig.json'));
    await writeFile(join(root, 'web/index.html'), '<script type="module" src="/src/main.ts"></script>\n');
    await writeFile(join(root, 'web/src/main.ts'), 'document.title = "one";\n');
    first = await build();
  });

  afterAll(() => rm(built, { recursive: true, force: true }));

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'slipway-build-'));
    await cp(built, root, { recursive: true, verbatimSymlinks: true });
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  const run = (...args: string[]) =>
    new Promise<Outcome>((resolve) => {
      const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
      child.once('close', (code) => resolve({ code, said }));
    });
  const build = () => run('scripts/build.mjs', root);
  /** The compiler alone, as `npx tsc` or `npx nest build` have it. */
  const compile = () => run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  const program = () => run('dist/main.js');
  const partsIn = (said: string) => [...said.matchAll(/^build \d\/\d: (.*) … /gm)].map(([, name]) => name);

  it('builds everything once, and nothing when nothing has changed', async () => {
    expect(first).toMatchObject({ code: 0 });
    expect(partsIn(first.said)).toEqual(PARTS);
    const { mtimeMs } = await stat(join(root, 'dist/main.js'));
    expect(await build()).toEqual({ code: 0, said: '' });
    expect((await stat(join(root, 'dist/main.js'))).mtimeMs).toBe(mtimeMs);
  });

  it('builds again what a source, a setting of the compiler or the lock file changes, or what is gone', async () => {
    await writeFile(join(root, PROGRAM), programSaying('two'));
    expect(partsIn((await build()).said)).toEqual(['service']);
    expect((await program()).said).toBe('two from a bundle\n');
    await writeFile(join(root, 'web/src/main.ts'), 'document.title = "two";\n');
    expect(partsIn((await build()).said)).toEqual(['workbench']);
    await appendFile(join(root, 'tsconfig.build.json'), '\n');
    expect(partsIn((await build()).said)).toEqual(['service']);
    await appendFile(join(root, 'package-lock.json'), '\n');
    expect(partsIn((await build()).said)).toHaveLength(PARTS.length);
    await rm(join(root, 'dist/main.js'));
    expect(partsIn((await build()).said)).toEqual(['service']);
    await stat(join(root, 'dist/main.js'));
    expect(await build()).toEqual({ code: 0, said: '' });
  });

  it('says why when it cannot, and leaves nothing behind that a later build takes for its own', async () => {
    await writeFile(join(root, PROGRAM), `${programSaying('two')}export const two: number = 'two';\n`);
    const failed = await build();
    expect(failed).toMatchObject({ code: 1, said: expect.stringContaining(PROGRAM) });
    expect((await build()).code).toBe(1);
    // The compiler wrote what it was given all the same.
    expect((await program()).said).toBe('two from modules\n');
    await writeFile(join(root, PROGRAM), programSaying('one'));
    expect(await build()).toMatchObject({ code: 0 });
    expect((await program()).said).toBe('one from a bundle\n');
  });

  it('notices a compiler that somebody ran by hand, and so does the program', async () => {
    expect((await program()).said).toBe('one from a bundle\n');
    await writeFile(join(root, PROGRAM), programSaying('two'));
    expect(await compile()).toEqual({ code: 0, said: '' });
    expect((await program()).said).toBe('two from modules\n');
    await writeFile(join(root, PROGRAM), programSaying('one'));
    expect(partsIn((await build()).said)).toEqual(['service']);
    expect((await program()).said).toBe('one from a bundle\n');
  });

  it('is done by one of two that begin at the same time, also where a build was killed before', async () => {
    await rm(join(root, 'dist'), { recursive: true });
    const dead = spawn(process.execPath, ['-e', '0']);
    await new Promise((resolve) => dead.once('exit', resolve));
    await mkdir(join(root, 'dist'));
    await writeFile(join(root, 'dist/.building'), String(dead.pid));
    const both = await Promise.all([build(), build()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.flatMap(({ said }) => partsIn(said))).toHaveLength(PARTS.length);
  });

  it('leaves a process that runs all that it loads late, and removes it when nobody needs it any more', async () => {
    const late = (text: string) =>
      writeFile(join(root, 'src/app/late.ts'), `export const late = '${text}';\n`);
    const waiting =
      "process.stdin.once('data', () => void import('./late.js').then(({ late }) => { console.log(late); process.stdin.destroy(); }));\n";
    await writeFile(
      join(root, PROGRAM),
      `console.log('up');\n${waiting}export const runService = () => undefined;\n`,
    );
    await late('one');
    await build();
    const child = spawn(process.execPath, ['dist/main.js'], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (data) => (said += data));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    for (const text of ['two', 'three', 'four']) {
      await late(text);
      expect(await build()).toMatchObject({ code: 0 });
    }
    // The same compiler's output, with other packages.
    await appendFile(join(root, 'package-lock.json'), '\n');
    expect(await build()).toMatchObject({ code: 0 });
    child.stdin.write('go on\n');
    await new Promise((resolve) => child.once('close', resolve));
    expect(said).toBe('up\none\n');
    await late('five');
    expect(await build()).toMatchObject({ code: 0 });
    const bundles = (await readdir(join(root, 'dist'))).filter((name) => name.startsWith('bundle-'));
    expect(bundles).toHaveLength(2);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'that is stopped by %s neither holds up the next one nor leaves it half outputs',
    async (signal) => {
      await writeFile(join(root, PROGRAM), programSaying('two'));
      const child = spawn(process.execPath, ['scripts/build.mjs', root], {
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await new Promise((resolve) => child.stderr.once('data', resolve));
      child.kill(signal);
      await new Promise((resolve) => child.once('exit', resolve));
      if (signal !== 'SIGKILL') await expect(stat(join(root, 'dist/.building'))).rejects.toThrow('ENOENT');
      await writeFile(join(root, PROGRAM), programSaying('one'));
      expect(await build()).toMatchObject({ code: 0, said: expect.not.stringContaining('waiting') });
      expect((await program()).said).toBe('one from a bundle\n');
      // The lock of one that was killed may lie there when nothing was left to build: it holds up nobody.
      const half = signal === 'SIGKILL' ? /\.new$|^\.building./ : /\.new$|^\.building/;
      expect((await readdir(join(root, 'dist'))).filter((name) => half.test(name))).toEqual([]);
    },
  );

  it('does not wait for a process that only has the id of a build that was killed', async () => {
    await writeFile(join(root, PROGRAM), programSaying('two'));
    await writeFile(join(root, 'dist/.building'), `${process.pid} 1`);
    expect(await build()).toMatchObject({ code: 0, said: expect.not.stringContaining('waiting') });
  });
});
