import { describe, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mirrorPlace } from '../../../src/providers/local/mirror-place.js';
import { never, useLocalProvider } from './local-fixture.js';
import { commit, git, makeRepository } from './repository.js';

const fixture = useLocalProvider();
const mirrorOf = (remote: string) => mirrorPlace(join(fixture.dataDir, 'mirrors'), remote).path;

async function checkOut(repoRemote: string, onBranch?: string): Promise<string> {
  const { path = '' } = await fixture.open().createSandbox(fixture.spec({ repoRemote, onBranch }), never);
  return path;
}

describe('a mirror of the local provider', () => {
  it.each<[string, (mirror: string) => void]>([
    ['without objects', (mirror) => rmSync(join(mirror, 'objects'), { recursive: true })],
    ['without refs', (mirror) => rmSync(join(mirror, 'refs'), { recursive: true })],
    ['with garbage for a HEAD', (mirror) => writeFileSync(join(mirror, 'HEAD'), '\0\0')],
    ['with garbage for its configuration', (mirror) => writeFileSync(join(mirror, 'config'), '[[')],
    [
      'with packs that are cut short',
      (mirror) => {
        git(mirror, 'repack', '-a', '-d');
        const folder = join(mirror, 'objects', 'pack');
        for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.pack'))) {
          rmSync(join(folder, name.replace(/pack$/, 'rev')), { force: true });
          writeFileSync(join(folder, `${name}.copy`), '');
          rmSync(join(folder, `${name}.copy`));
          git(mirror, 'config', 'core.bare', 'true');
          rmSync(join(folder, name));
          writeFileSync(join(folder, name), 'PACK');
        }
      },
    ],
    [
      'whose making was cut short',
      (mirror) => {
        rmSync(mirror, { recursive: true });
        mkdirSync(mirror);
        writeFileSync(join(mirror, 'HEAD'), 'ref: refs/heads/main\n');
      },
    ],
  ])('is made whole again %s', async (name, damage) => {
    const repository = makeRepository(join(fixture.dir, `of ${name}`));
    const first = await checkOut(repository);
    damage(mirrorOf(repository));
    const path = await checkOut(repository);
    expect(git(path, 'rev-parse', 'HEAD')).toBe(git(repository, 'rev-parse', 'main'));
    // What borrowed from it before goes on.
    expect(git(first, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
  });

  it('says that a repository is shallow, also one that became so', async () => {
    const source = makeRepository(join(fixture.dir, 'deep'));
    commit(source, { second: '2' });
    const shallow = join(fixture.dir, 'shallow clone');
    git(fixture.dir, 'clone', '--quiet', '--depth=1', `file://${source}`, shallow);
    const refused = { code: 'repository_unsupported', retryable: false, message: /shallow/ };
    await expect(checkOut(shallow)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/shallow/),
    });
    await checkOut(source);
    commit(source, { third: '3' });
    git(fixture.dir, 'clone', '--quiet', '--depth=1', `file://${source}`, join(fixture.dir, 'again'));
    rmSync(source, { recursive: true });
    git(fixture.dir, 'clone', '--quiet', '--depth=1', `file://${join(fixture.dir, 'again')}`, source);
    await expect(checkOut(source)).rejects.toMatchObject({
      code: 'repository_unsupported',
      retryable: false,
    });
  });

  it('follows branches that were forced, deleted, or replaced by a folder of branches', async () => {
    const repository = makeRepository(join(fixture.dir, 'moving'));
    git(repository, 'branch', 'a');
    git(repository, 'branch', 'b/c');
    await checkOut(repository);
    git(repository, 'branch', '-D', 'a');
    git(repository, 'branch', 'a/b');
    git(repository, 'branch', '-D', 'b/c');
    git(repository, 'branch', 'b');
    git(repository, 'commit', '--quiet', '--amend', '--message=other');
    const path = await checkOut(repository, 'a/b');
    expect(git(path, 'for-each-ref', '--format=%(refname)', 'refs/remotes').split('\n')).toEqual([
      'refs/remotes/origin/HEAD',
      'refs/remotes/origin/a/b',
      'refs/remotes/origin/b',
      'refs/remotes/origin/main',
    ]);
    expect(git(path, 'rev-parse', 'origin/main')).toBe(git(repository, 'rev-parse', 'main'));
  });

  it.each(['trunk', 'main'])('gives checkouts the remote HEAD %s, beside a stale master', async (name) => {
    const repository = makeRepository(join(fixture.dir, `default-${name}`));
    git(repository, 'branch', 'master');
    git(repository, 'branch', '--move', name);
    commit(repository, { newer: 'n' });
    const path = await checkOut(repository);
    const plain = join(fixture.dir, `plain-${name}`);
    git(fixture.dir, 'clone', '--quiet', repository, plain);
    const seen = (where: string) => [
      git(where, 'symbolic-ref', 'refs/remotes/origin/HEAD'),
      git(where, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/remotes', 'refs/tags'),
      readdirSync(join(where, '.git', 'info')),
      readdirSync(join(where, '.git', 'hooks')),
      git(where, 'config', 'core.filemode'),
      git(where, 'config', `branch.${name}.merge`),
    ];
    expect(seen(path)).toEqual(seen(plain));
  });

  it('refuses a tag of a tree, a repository with SHA-256 and a file by name', async () => {
    const repository = makeRepository(join(fixture.dir, 'odd'));
    git(repository, 'tag', 'of-tree', 'HEAD^{tree}');
    await expect(checkOut(repository, 'of-tree')).rejects.toMatchObject({
      code: 'branch_not_found',
      retryable: false,
    });
    const other = join(fixture.dir, 'sha256');
    git(fixture.dir, 'init', '--quiet', '--object-format=sha256', other);
    commit(other, { one: '1' });
    await expect(checkOut(other)).rejects.toMatchObject({ code: 'repository_unsupported', retryable: false });
    const file = join(fixture.dir, 'file');
    writeFileSync(file, 'x');
    truncateSync(file, 0);
    await expect(checkOut(file)).rejects.toMatchObject({ code: 'repository_not_found', retryable: false });
  });

  it.each(['my project', 'größe #1 50% + "it\'s"'])('copes with the path "%s"', async (name) => {
    const repository = makeRepository(join(fixture.dir, name));
    const path = await checkOut(repository);
    expect(git(path, 'rev-parse', 'HEAD')).toBe(git(repository, 'rev-parse', 'main'));
    const url = `file://${repository.split('/').map(encodeURIComponent).join('/')}`;
    expect(git(await checkOut(url), 'remote', 'get-url', 'origin')).toBe(repository);
  });
});
