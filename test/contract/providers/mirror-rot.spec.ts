import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mirrorPlace } from '../../../src/providers/local/mirror-place.js';
import { never, useLocalProvider } from './local-fixture.js';
import { commit, git, makeRepository } from './repository.js';

const fixture = useLocalProvider();
const mirrorOf = (remote: string) => mirrorPlace(join(fixture.dataDir, 'mirrors'), remote).path;
const overwrite = (file: string, change: (bytes: Buffer) => Buffer) => {
  chmodSync(file, 0o600);
  writeFileSync(file, change(readFileSync(file)));
};
/** So many that a fetch of them stays a pack. */
const files = Object.fromEntries(
  Array.from({ length: 120 }, (_, n) => [`file ${n}`, `${n} `.repeat(500)]),
) as Record<string, string>;

/** Before, every task of that remote failed for good from then on. */
describe('a mirror in which something is rotten', () => {
  it.each<[string, (mirror: string, repository: string) => void]>([
    [
      'a pack in its middle',
      (mirror) => {
        git(mirror, 'repack', '-a', '-d');
        const folder = join(mirror, 'objects', 'pack');
        const pack = readdirSync(folder).find((name) => name.endsWith('.pack'))!;
        overwrite(join(folder, pack), (bytes) =>
          bytes.fill('X', bytes.length >> 1, (bytes.length >> 1) + 64),
        );
      },
    ],
    [
      'a loose object',
      (mirror, repository) => {
        const id = git(repository, 'rev-parse', 'main:file 7');
        const folder = join(mirror, 'objects', 'pack');
        const pack = readdirSync(folder).find((name) => name.endsWith('.pack'));
        if (pack !== undefined) {
          const bytes = readFileSync(join(folder, pack));
          for (const name of readdirSync(folder)) rmSync(join(folder, name));
          execFileSync('git', ['unpack-objects', '-q'], { cwd: mirror, input: bytes });
        }
        overwrite(join(mirror, 'objects', id.slice(0, 2), id.slice(2)), () => Buffer.from('rot'));
      },
    ],
  ])('(%s) is made whole by the attempts that a task has', async (name, damage) => {
    const repository = makeRepository(join(fixture.dir, name), files);
    const create = async (spec: ReturnType<typeof fixture.spec>) =>
      (await provider.createSandbox(spec, never)).path!;
    const provider = fixture.open();
    const first = await create(fixture.spec({ repoRemote: repository }));
    damage(mirrorOf(repository), repository);
    commit(repository, { 'file 3': 'changed' });
    const spec = fixture.spec({ repoRemote: repository });
    let path: string | undefined;
    for (let attempt = 1; attempt <= 3 && path === undefined; attempt++) {
      path = await create(spec).catch((error: unknown) => {
        expect(error).toMatchObject({ retryable: true });
        return undefined;
      });
    }
    expect(git(path!, 'rev-parse', 'HEAD')).toBe(git(repository, 'rev-parse', 'main'));
    // What borrowed from it before goes on.
    expect(git(first, 'fsck', '--no-dangling')).toBe('');
  });

  it.each<[string, (ref: string) => void]>([
    ['pipe', (ref) => void execFileSync('mkfifo', [ref])],
    ['link', (ref) => symlinkSync('/dev/zero', ref)],
  ])('(a %s among its refs) is cleared before git reads it', async (name, place) => {
    const repository = makeRepository(join(fixture.dir, name));
    const spec = () => fixture.spec({ repoRemote: repository });
    await fixture.open().createSandbox(spec(), never);
    for (const ref of ['refs/heads/odd', 'refs/kept/deep/odd']) {
      mkdirSync(dirname(join(mirrorOf(repository), ref)), { recursive: true });
      place(join(mirrorOf(repository), ref));
    }
    const { path } = await fixture.open().createSandbox(spec(), AbortSignal.timeout(60_000));
    expect(git(path!, 'rev-parse', 'HEAD')).toBe(git(repository, 'rev-parse', 'main'));
  });

  it('is looked at again after an attempt that found no end', async () => {
    const repository = makeRepository(join(fixture.dir, 'hung'));
    const provider = fixture.open();
    await provider.createSandbox(fixture.spec({ repoRemote: repository }), never);
    execFileSync('mkfifo', [join(mirrorOf(repository), 'refs', 'heads', 'odd')]);
    const spec = fixture.spec({ repoRemote: repository });
    await expect(provider.createSandbox(spec, AbortSignal.timeout(1_000))).rejects.toThrow();
    expect(await provider.createSandbox(spec, AbortSignal.timeout(60_000))).toHaveProperty('path');
  });
});
