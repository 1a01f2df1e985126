import { describe, expect, it } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { commitAll, git, LIMITS, never, useCheckout, write } from './checkout-fixture.js';

const fixture = useCheckout({
  'README.md': '# Shop\n',
  'src/a.js': 'export const a = 1;\n',
  'src/b.js': 'export const b = 1;\n',
  '.gitignore': 'ignored/\n',
});
const folder = () => fixture.place.folder;

describe('a snapshot of a checkout', () => {
  it('of a fresh one has no changes', async () => {
    const seen = await fixture.take();
    const { start } = fixture.place;
    expect(seen).toMatchObject({ head: start, base: start, branch: 'feat/it', ahead: 0, behind: 0 });
    expect(seen).toMatchObject({ uncommitted: 0, left: [], tree: git(folder(), 'rev-parse', 'HEAD^{tree}') });
    expect(await fixture.changes(seen)).toEqual([]);
  });

  it('has what is committed and what is not, new files too and ignored ones not', async () => {
    write(folder(), { 'src/a.js': 'export const a = 2;\n' });
    const head = commitAll(folder());
    write(folder(), { 'src/b.js': 'export const b = 2;\n', 'new.txt': 'new\n', 'ignored/x': 'x\n' });
    rmSync(join(folder(), 'README.md'));
    const seen = await fixture.take();
    expect(seen).toMatchObject({ head, base: fixture.place.start, ahead: 1, uncommitted: 3, left: [] });
    expect(await fixture.changes(seen)).toEqual([
      'deleted README.md',
      'added new.txt',
      'modified src/a.js',
      'modified src/b.js',
    ]);
    expect(await fixture.diff(seen, 'src/b.js')).toContain('-export const b = 1;\n+export const b = 2;\n');
  });

  it('is the same when it is taken again, also by another process', async () => {
    write(folder(), { 'new.txt': 'new\n' });
    const seen = await fixture.take();
    expect(await fixture.take()).toEqual(seen);
    fixture.reopen();
    expect(await fixture.take()).toEqual(seen);
    rmSync(fixture.place.ownGitDir, { recursive: true });
    expect(await fixture.take()).toEqual(seen);
  });

  it('follows commits, amends, resets, renames and modes', async () => {
    await fixture.take();
    renameSync(join(folder(), 'src/a.js'), join(folder(), 'src/moved.js'));
    chmodSync(join(folder(), 'src/b.js'), 0o755);
    const first = await fixture.take();
    expect(await fixture.changes(first)).toEqual(['modified src/b.js', 'renamed src/moved.js']);
    expect(await fixture.diff(first)).toContain('old mode 100644\nnew mode 100755');
    const head = commitAll(folder());
    const second = await fixture.take();
    expect(second).toMatchObject({ head, tree: first.tree, uncommitted: 0, ahead: 1 });
    git(folder(), 'reset', '--quiet', '--hard', fixture.place.start);
    expect(await fixture.changes(await fixture.take())).toEqual([]);
  });

  it('tells how far the branch is behind what it came from', async () => {
    write(join(fixture.dir, 'repo'), { 'theirs.txt': 'theirs\n' });
    const upstream = commitAll(join(fixture.dir, 'repo'));
    git(join(fixture.dir, 'mirror.git'), 'fetch', '--quiet', 'origin', 'main:main');
    fixture.place = { ...fixture.place, upstream };
    write(folder(), { 'mine.txt': 'mine\n' });
    commitAll(folder());
    const seen = await fixture.take();
    expect(seen).toMatchObject({ base: fixture.place.start, ahead: 1, behind: 1 });
    git(folder(), 'pull', '--quiet', '--rebase', join(fixture.dir, 'repo'), 'main');
    const rebased = await fixture.take();
    expect(rebased).toMatchObject({ base: upstream, ahead: 1, behind: 0 });
    expect(await fixture.changes(rebased)).toEqual(['added mine.txt']);
  });

  it('is taken of a detached HEAD and of a branch without commits', async () => {
    git(folder(), 'checkout', '--quiet', '--detach');
    expect(await fixture.take()).toMatchObject({ branch: null, head: fixture.place.start });
    git(folder(), 'checkout', '--quiet', '--orphan', 'fresh');
    expect(await fixture.take()).toMatchObject({ branch: 'fresh', head: null, uncommitted: 4 });
  });

  it('leaves out what is too large, too much or no file, and says so', async () => {
    write(folder(), { 'large.bin': Buffer.alloc(100 << 10), 'small.txt': 'small\n' });
    const seen = await fixture.take();
    expect(seen.left).toEqual([{ path: 'large.bin', why: 'too_large' }]);
    expect(await fixture.changes(seen)).toEqual(['added small.txt']);
    write(folder(), Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`many/${n}.txt`, `${n}\n`])));
    const few = await fixture.take({ ...LIMITS, mostFiles: 3 });
    expect(few).toMatchObject({ uncommitted: 7, left: { length: 5 } });
  });

  it('writes what `.gitattributes` says of line ends as git would', async () => {
    write(folder(), { '.gitattributes': '*.txt text eol=crlf\n', 'crlf.txt': 'one\r\ntwo\r\n' });
    const seen = await fixture.take();
    expect(await fixture.diff(seen, 'crlf.txt')).toContain('+one\n+two\n');
  });

  it.each([false, true])(
    'follows folders and files that take each other’s place (attributes: %s)',
    async (has) => {
      if (has) write(folder(), { '.gitattributes': '*.bin binary\n' });
      rmSync(join(folder(), 'src'), { recursive: true });
      rmSync(join(folder(), 'README.md'));
      write(folder(), { src: 'a file\n', 'README.md/inside.txt': 'inside\n', empty: '' });
      const seen = await fixture.take();
      const changes = (await fixture.changes(seen)).filter((line) => !line.endsWith('.gitattributes'));
      expect(changes).toEqual([
        'deleted README.md',
        'added README.md/inside.txt',
        'added empty',
        'added src',
        'deleted src/a.js',
        'deleted src/b.js',
      ]);
      for (const name of ['src', 'README.md', 'empty', '.gitignore', '.gitattributes'])
        rmSync(join(folder(), name), { recursive: true, force: true });
      expect((await fixture.take()).tree).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
    },
  );

  it('that is cut short leaves nothing that the next would stumble over', async () => {
    write(folder(), Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`n/${n}.txt`, `${n}\n`])));
    const whole = await fixture.take();
    for (let ms = 1; ms < 100; ms += 12) {
      write(folder(), { 'n/0.txt': `${ms}\n` });
      const over = AbortSignal.timeout(ms);
      await fixture.snapshots.take(fixture.place, LIMITS, over).catch(() => undefined);
    }
    write(folder(), { 'n/0.txt': '0\n' });
    expect(await fixture.take()).toEqual(whole);
    expect(git(fixture.place.ownGitDir, 'for-each-ref', 'refs/slipway')).toBe('');
  });

  it('tells binary files', async () => {
    write(folder(), { 'image.png': Buffer.from([0x89, 0x50, 0, 1, 2]) });
    expect(await fixture.diff(await fixture.take(), 'image.png')).toContain(
      'Binary files /dev/null and b/image.png differ',
    );
  });

  it('keeps the objects of a few trees only, and those that are being read', async () => {
    write(folder(), { 'n.txt': 'first\n' });
    const first = await fixture.take();
    const pieces = (await fixture.diff(first)).length;
    const reading = fixture.snapshots.using(fixture.place, first.tree, one());
    await reading.next();
    for (let n = 0; n < 5; n++) {
      write(folder(), { 'n.txt': `${n}\n` });
      await fixture.take();
    }
    expect(readdirSync(join(fixture.place.ownGitDir, 'work')).length).toBe(4);
    expect((await fixture.diff(first)).length).toBe(pieces);
    await reading.return(undefined);
    write(folder(), { 'n.txt': 'last\n' });
    await fixture.take();
    expect(await fixture.snapshots.has(fixture.place, first.tree, never)).toBe(false);
  });

  it('becomes a commit that stays, the same one whenever it is made', async () => {
    write(folder(), { 'new.txt': 'new\n' });
    const { tree, head } = await fixture.take();
    const spec = {
      message: 'It is done\n',
      author: { name: 'Ada', email: 'ada@example.com' },
      at: '2026-11-26T12:00:00Z',
    };
    const make = () =>
      fixture.snapshots.commit(fixture.place, { tree, parents: [head!], name: 'push' }, spec, never);
    const commit = await make();
    expect(await make()).toBe(commit);
    rmSync(join(fixture.place.ownGitDir, 'work'), { recursive: true });
    mkdirSync(join(fixture.dir, 'remote.git'));
    git(join(fixture.dir, 'remote.git'), 'init', '--quiet', '--bare');
    await fixture.git.run(['push', '--quiet', join(fixture.dir, 'remote.git'), `${commit}:refs/heads/it`], {
      ...fixture.snapshots.call(fixture.place, never),
      protocol: 'file',
    });
    expect(git(join(fixture.dir, 'remote.git'), 'show', 'it:new.txt')).toBe('new');
    expect(existsSync(fixture.trap)).toBe(false);
  });
});

async function* one() {
  yield 1;
}
