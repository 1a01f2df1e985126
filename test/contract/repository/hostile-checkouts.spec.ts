import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { commitAll, git, LIMITS, useCheckout, write } from './checkout-fixture.js';

const fixture = useCheckout({ 'README.md': '# Shop\n', 'src/a.js': 'export const a = 1;\n' });
const folder = (...path: string[]) => join(fixture.place.folder, ...path);
const pipe = (path: string) => execFileSync('mkfifo', [path]);
const outside = (files: Record<string, string>) => {
  const path = join(fixture.dir, 'outside');
  write(path, files);
  return path;
};
const springs = () => `touch ${fixture.trap}; cat`;

async function all() {
  const seen = await fixture.take();
  return { seen, changes: await fixture.changes(seen), diff: await fixture.diff(seen) };
}

describe('a look at a checkout that its agent has prepared', () => {
  it('runs no filter, text conversion, external diff, file monitor, hook or ref command of its configuration', async () => {
    const program = springs();
    appendFileSync(
      folder('.git/config'),
      `[core]\n\tfsmonitor = "${program}"\n\thooksPath = ${folder('hooks')}\n\talternateRefsCommand = "${program}"\n\tpager = "${program}"\n\tsshCommand = "${program}"\n` +
        `[filter "x"]\n\tclean = "${program}"\n\tsmudge = "${program}"\n\tprocess = "${program}"\n\trequired = true\n` +
        `[diff]\n\texternal = "${program}"\n[diff "x"]\n\ttextconv = "${program}"\n\tcommand = "${program}"\n[merge "x"]\n\tdriver = "${program}"\n`,
    );
    const hook = `#!/bin/sh\n${springs()}\n`;
    for (const name of ['post-index-change', 'reference-transaction', 'post-checkout', 'pre-commit'])
      write(folder(), { [`hooks/${name}`]: hook, [`.git/hooks/${name}`]: hook });
    execFileSync('chmod', ['-R', '755', folder('hooks'), folder('.git/hooks')]);
    write(folder(), { '.gitattributes': '* filter=x diff=x merge=x\n', 'src/a.js': 'export const a = 2;\n' });
    const { diff } = await all();
    expect(diff).toContain('+export const a = 2;');
    expect(existsSync(fixture.trap)).toBe(false);
  });

  it('is not led elsewhere by core.worktree, includes, gitdir files or commondir', async () => {
    const path = outside({ 'secret.txt': 'secret\n' });
    appendFileSync(
      folder('.git/config'),
      `[core]\n\tworktree = ${path}\n[include]\n\tpath = ${path}/config\n`,
    );
    write(folder(), { '.git/commondir': `${path}\n` });
    const { changes, diff } = await all();
    expect(changes).toEqual([]);
    expect(diff).toBe('');
    renameSync(folder('.git'), join(fixture.dir, 'moved'));
    write(folder(), { '.git': `gitdir: ${join(fixture.dir, 'moved')}\n` });
    await expect(fixture.take()).rejects.toThrow('no repository of its own (.git) any more');
  });

  it('takes links as themselves, in place of a file, of a folder and of the checkout', async () => {
    const path = outside({ 'a.js': 'secret\n', 'b.js': 'secret\n' });
    rmSync(folder('src'), { recursive: true });
    symlinkSync(path, folder('src'));
    symlinkSync('/etc/passwd', folder('passwd'));
    const { changes, diff } = await all();
    expect(changes).toEqual(['added passwd', 'added src', 'deleted src/a.js']);
    expect(diff).toContain('+/etc/passwd');
    expect(diff).not.toMatch(/secret|root:/);
    renameSync(folder(), join(fixture.dir, 'box/elsewhere'));
    symlinkSync(path, folder());
    await expect(fixture.take()).rejects.toThrow('no repository of its own');
  });

  it('never waits at a pipe, wherever it is', async () => {
    rmSync(folder('README.md'));
    pipe(folder('README.md'));
    pipe(folder('new-pipe'));
    const { seen } = await all();
    expect(seen.left).toEqual([{ path: 'README.md', why: 'special_file' }]);
    for (const path of ['.gitignore', 'src/.gitattributes', 'nested/.git/HEAD', '.gitmodules']) {
      mkdirSync(folder(path, '..'), { recursive: true });
      pipe(folder(path));
      await expect(fixture.take()).rejects.toThrow('is no file');
      rmSync(folder(path.startsWith('nested') ? 'nested' : path), { recursive: true });
    }
    mkdirSync(folder('.git/objects/aa'), { recursive: true });
    pipe(folder('.git/objects/aa/aa00000000000000000000000000000000000000'));
    pipe(folder('.git/objects/pack/pack-aa00000000000000000000000000000000000000.idx'));
    write(folder(), { 'src/a.js': 'export const a = 3;\n' });
    git(folder(), 'commit', '--quiet', '-m', 'More', 'src/a.js');
    expect((await all()).changes).toContain('modified src/a.js');
    pipe(folder('.git/refs/heads/waits'));
    await expect(fixture.take()).rejects.toThrow('is no ref that can be read');
  });

  it('reads no repository below it, nor one of a submodule', async () => {
    for (const name of ['nested', 'module']) {
      mkdirSync(folder(name));
      git(folder(name), 'init', '--quiet');
      write(folder(name), { 'x.txt': 'x\n' });
      commitAll(folder(name));
      appendFileSync(folder(name, '.git/config'), `[core]\n\tfsmonitor = "${springs()}"\n`);
    }
    git(
      folder(),
      'update-index',
      '--add',
      '--cacheinfo',
      `160000,${git(folder('module'), 'rev-parse', 'HEAD')},module`,
    );
    rmSync(fixture.trap, { force: true });
    git(folder(), 'commit', '--quiet', '-m', 'A submodule');
    rmSync(fixture.trap, { force: true });
    write(folder('module'), { 'x.txt': 'changed\n' });
    const { seen, changes } = await all();
    expect(seen.left).toEqual([{ path: 'nested/', why: 'nested_repository' }]);
    expect(changes).toEqual(['added module']);
    expect(existsSync(fixture.trap)).toBe(false);
  });

  it('is stopped by nothing that .gitmodules says, committed or not, and runs none of it', async () => {
    mkdirSync(folder('module'));
    git(folder('module'), 'init', '--quiet');
    write(folder('module'), { 'x.txt': 'x\n' });
    const first = commitAll(folder('module'));
    git(folder(), 'update-index', '--add', '--cacheinfo', `160000,${first},module`);
    const entry = (more: string) =>
      `[submodule "module"]\n\tpath = module\n\turl = ext::${springs()}\n${more}`;
    for (const more of [
      `\tupdate = !${springs()}\n`,
      '\tignore = nothing-that-is\n',
      '\tfetchRecurseSubmodules = what\n',
      '\tbranch = --upload-pack=x\n[submodule "../../x"]\n\tpath = -x\n\turl = -x\n',
      '[broken',
    ]) {
      write(folder(), { '.gitmodules': entry(more) });
      expect([more, (await all()).changes]).toEqual([more, ['added .gitmodules']]);
      // As plumbing, which does not look into the file.
      const blob = git(folder(), 'hash-object', '-w', '.gitmodules');
      git(folder(), 'update-index', '--add', '--cacheinfo', `100644,${blob},.gitmodules`);
      const tree = git(folder(), 'write-tree');
      const commit = git(folder(), 'commit-tree', tree, '-p', fixture.place.start, '-m', 'Modules');
      git(folder(), 'update-ref', 'HEAD', commit);
      const { seen, changes, diff } = await all();
      expect(seen.uncommitted).toBe(0);
      expect(changes.sort()).toEqual(['added .gitmodules', 'added module']);
      expect(diff).toContain(`Subproject commit ${first}`);
      git(folder(), 'update-ref', 'HEAD', fixture.place.start);
      git(folder(), 'update-index', '--force-remove', '.gitmodules');
    }
    expect(existsSync(fixture.trap)).toBe(false);
  });

  it('brings in no object of another repository that its alternates name', async () => {
    const path = outside({ 'secret.txt': 'secret\n' });
    git(path, 'init', '--quiet');
    const secret = commitAll(path);
    appendFileSync(folder('.git/objects/info/alternates'), `${path}/.git/objects\n`);
    write(folder(), { '.git/refs/heads/theirs': `${secret}\n` });
    const { seen } = await all();
    expect(seen.tips).toContainEqual({ name: 'heads/theirs', object: secret });
    const { ownGitDir } = fixture.place;
    expect(() => git(ownGitDir, 'cat-file', '-e', secret)).toThrow();
    write(folder(), { '.git/HEAD': `${secret}\n` });
    await expect(fixture.take()).rejects.toThrow('its HEAD is on a commit that is not there');
  });

  it('believes no object whose content is not what its name says', async () => {
    write(folder(), { 'src/a.js': 'export const a = 2;\n' });
    commitAll(folder());
    const blob = git(folder(), 'rev-parse', 'HEAD:src/a.js');
    const other = git(folder(), 'rev-parse', 'HEAD');
    const file = (id: string) => folder('.git/objects', id.slice(0, 2), id.slice(2));
    execFileSync('cp', ['-f', file(other), file(blob)]);
    await expect(fixture.take()).rejects.toThrow('git fetch failed');
  });

  it('sees what its own index hides', async () => {
    git(folder(), 'update-index', '--assume-unchanged', 'README.md');
    git(folder(), 'update-index', '--skip-worktree', 'src/a.js');
    write(folder(), { 'README.md': 'hidden\n', 'src/a.js': 'hidden\n' });
    expect((await all()).changes).toEqual(['modified README.md', 'modified src/a.js']);
  });

  it('takes names as names', async () => {
    const names = ['--output=x', ':(glob)**', 'a\nb', 'quo"te', 'tab\tbed', '-n'];
    write(folder(), Object.fromEntries(names.map((name) => [name, `${name.length}\n`])));
    const { seen, changes } = await all();
    expect(changes.sort()).toEqual(names.map((name) => `added ${name}`).sort());
    expect(await fixture.diff(seen, ':(glob)**')).toContain('+9\n');
    expect((await fixture.diff(seen, ':(glob)**')).match(/^diff --git/gm)).toHaveLength(1);
    execFileSync('sh', ['-c', `printf x > "$(printf 'bad\\377')"`], { cwd: folder() });
    expect((await fixture.take()).left).toEqual([{ path: 'bad\ufffd', why: 'name' }]);
  });

  it('is over in time, whatever there is to see', async () => {
    write(folder(), { 'a.txt': 'a\n' });
    await expect(fixture.take({ ...LIMITS, mostMs: 1 })).rejects.toThrow('took longer than');
    expect((await all()).changes).toEqual(['added a.txt']);
  });
});
