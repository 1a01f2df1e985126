import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { mirrorPlace } from '../../../src/providers/local/mirror-place.js';
import { never, useLocalProvider } from './local-fixture.js';
import { commit, git, makeRepository } from './repository.js';

const fixture = useLocalProvider({ 'README.md': '# Demo\n', 'src/a.txt': 'a\n', '.gitignore': 'ignored\n' });
const mirror = () => mirrorPlace(join(fixture.dataDir, 'mirrors'), fixture.repository).path;

interface Box {
  readonly taskId: string;
  readonly branch: string;
  readonly path: string;
}

async function makeBox(): Promise<Box> {
  const spec = fixture.spec();
  const { path = '' } = await fixture.open().createSandbox(spec, never);
  return { taskId: spec.taskId, branch: spec.branchName, path };
}

const destroy = ({ taskId }: Box, keepBranch = true) =>
  fixture.open().destroySandbox({ taskId, keepBranch }, never);

/** Destroys it and gives what was kept, each name without its beginning; every ref is looked up in the mirror. */
async function keep(box: Box): Promise<Record<string, string>> {
  const { kept } = await destroy(box);
  expect(existsSync(box.path)).toBe(false);
  expect(kept?.where).toBe(mirror());
  const names = (kept?.refs ?? []).map(({ name }) => name);
  if (names.length > 0)
    expect(git(mirror(), 'fsck', '--connectivity-only', '--no-dangling', ...names)).toBe('');
  return Object.fromEntries(
    (kept?.refs ?? []).map(({ name, commit: id }) => {
      expect(git(mirror(), 'rev-parse', name)).toBe(id);
      return [name.replace(`refs/kept/${box.taskId}/`, ''), id];
    }),
  );
}

const show = (id: string | undefined, path: string) => git(mirror(), 'show', `${id}:${path}`);

describe('work in a sandbox that is destroyed with keepBranch', () => {
  it('is kept when the branch was renamed', async () => {
    const box = await makeBox();
    const done = commit(box.path, { work: '1' });
    git(box.path, 'branch', '--move', 'renamed/by-agent');
    expect(await keep(box)).toEqual({ 'heads/renamed/by-agent': done, HEAD: done });
  });

  it('is kept on a detached HEAD, beside the branch', async () => {
    const box = await makeBox();
    const start = git(box.path, 'rev-parse', 'HEAD');
    git(box.path, 'checkout', '--quiet', '--detach');
    const done = commit(box.path, { work: '1' });
    expect(await keep(box)).toEqual({ [`heads/${box.branch}`]: start, HEAD: done });
  });

  it('is kept on other branches, in tags, notes and remotes, and no tag of the remote is', async () => {
    git(fixture.repository, 'tag', '--force', 'of-the-remote');
    const box = await makeBox();
    const start = git(box.path, 'rev-parse', 'HEAD');
    git(box.path, 'checkout', '--quiet', '-b', 'other');
    const other = commit(box.path, { work: 'other' });
    git(box.path, 'tag', '--annotate', '--message=mine', 'mine');
    git(box.path, 'notes', 'add', '-m', 'note');
    git(box.path, 'checkout', '--quiet', box.branch);
    git(box.path, 'pack-refs', '--all');
    git(box.path, 'gc', '--quiet', '--prune=now');
    const kept = await keep(box);
    expect(kept).toMatchObject({ [`heads/${box.branch}`]: start, 'heads/other': other, HEAD: start });
    expect(Object.keys(kept).sort()).toEqual(
      ['HEAD', `heads/${box.branch}`, 'heads/other', 'other/notes/commits', 'tags/mine'].sort(),
    );
  });

  it('is kept when the repository was made anew', async () => {
    const box = await makeBox();
    rmSync(join(box.path, '.git'), { recursive: true });
    git(box.path, 'init', '--quiet', '--initial-branch=anew');
    const done = commit(box.path, { work: '1' });
    expect(await keep(box)).toEqual({ 'heads/anew': done, HEAD: done });
  });

  it('is kept when the branch is a symbolic ref', async () => {
    const box = await makeBox();
    git(box.path, 'checkout', '--quiet', '-b', 'real');
    const done = commit(box.path, { work: '1' });
    git(box.path, 'symbolic-ref', `refs/heads/${box.branch}`, 'refs/heads/real');
    git(box.path, 'symbolic-ref', 'refs/heads/nowhere', 'refs/heads/gone');
    expect(await keep(box)).toEqual({ [`heads/${box.branch}`]: done, 'heads/real': done, HEAD: done });
  });

  it('is kept in all stashes', async () => {
    const box = await makeBox();
    for (const text of ['first', 'second']) {
      writeFileSync(join(box.path, 'README.md'), text);
      git(box.path, 'stash');
    }
    const kept = await keep(box);
    expect(show(kept['stash'], 'README.md')).toBe('second');
    expect(show(kept['stash-1'], 'README.md')).toBe('first');
  });

  it('is kept in further worktrees, also what is not committed there', async () => {
    const box = await makeBox();
    const outside = fixture.sandbox(box.taskId, 'beside');
    git(box.path, 'worktree', 'add', '--quiet', '--detach', 'inside');
    git(box.path, 'worktree', 'add', '--quiet', '-b', 'beside', outside);
    const detached = commit(join(box.path, 'inside'), { work: 'inside' });
    writeFileSync(join(outside, 'more'), 'not committed');
    const kept = await keep(box);
    expect(kept['worktrees/inside']).toBe(detached);
    expect(show(kept['uncommitted-beside'], 'more')).toBe('not committed');
    expect(kept['uncommitted']).toBeUndefined();
  });

  it('is kept when it was never committed, without what is ignored', async () => {
    const box = await makeBox();
    writeFileSync(join(box.path, 'README.md'), 'changed\n');
    writeFileSync(join(box.path, 'größe \n "x"'), 'new');
    writeFileSync(join(box.path, 'ignored'), 'ignored');
    writeFileSync(join(box.path, 'run'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('/etc/passwd', join(box.path, 'link'));
    rmSync(join(box.path, 'src'), { recursive: true });
    symlinkSync('/etc', join(box.path, 'src'));
    execFileSync('mkfifo', [join(box.path, 'pipe')]);
    mkdirSync(join(box.path, '.git', 'info'), { recursive: true });
    writeFileSync(join(box.path, '.git', 'info', 'exclude'), 'local-note\n');
    writeFileSync(join(box.path, 'local-note'), 'mine');
    const { uncommitted, ...kept } = await keep(box);
    expect(Object.keys(kept).sort()).toEqual(['HEAD', `heads/${box.branch}`]);
    expect(git(mirror(), 'rev-parse', `${uncommitted}^`)).toBe(kept['HEAD']);
    expect(show(uncommitted, 'README.md')).toBe('changed');
    const listed = git(mirror(), 'ls-tree', '-r', '-z', uncommitted!)
      .split('\0')
      .map((line) => line.replace(/ blob \w+/, ''));
    expect(listed).toEqual([
      ...['100644\t.gitignore', '100644\tREADME.md', '100644\tgröße \n "x"', '120000\tlink', '100755\trun'],
      ...['120000\tsrc', ''],
    ]);
  });

  it('is kept when it was committed and then left, by a reset, an amend or a deleted branch', async () => {
    const box = await makeBox();
    const start = git(box.path, 'rev-parse', 'HEAD');
    commit(box.path, { one: '1' });
    const left = commit(box.path, { two: '2' });
    git(box.path, 'reset', '--quiet', '--hard', start);
    git(box.path, 'checkout', '--quiet', '-b', 'side');
    const side = commit(box.path, { three: '3' });
    git(box.path, 'checkout', '--quiet', box.branch);
    git(box.path, 'branch', '--quiet', '-D', 'side');
    const first = commit(box.path, { four: '4' });
    git(box.path, 'commit', '--quiet', '--amend', '-m', 'amended');
    const amended = git(box.path, 'rev-parse', 'HEAD');
    const kept = await keep(box);
    const { [`heads/${box.branch}`]: branch, HEAD: head, ...others } = kept;
    expect([branch, head]).toEqual([amended, amended]);
    expect(Object.keys(others).sort()).toEqual(['reflog-1', 'reflog-2', 'reflog-3']);
    expect(new Set(Object.values(others))).toEqual(new Set([left, side, first]));
  });

  it('is kept without what the logs name and git has removed', async () => {
    const box = await makeBox();
    const start = git(box.path, 'rev-parse', 'HEAD');
    const gone = commit(box.path, { gone: '1' });
    git(box.path, 'reset', '--quiet', '--hard', start);
    rmSync(join(box.path, '.git', 'objects', gone.slice(0, 2), gone.slice(2)));
    expect(await keep(box)).toEqual({ [`heads/${box.branch}`]: start, HEAD: start });
  });

  it('is kept when it was staged and is neither committed nor in the files', async () => {
    const box = await makeBox();
    const readme = join(box.path, 'README.md');
    writeFileSync(readme, 'staged\n');
    writeFileSync(join(box.path, 'new'), 'staged as well');
    git(box.path, 'add', 'README.md', 'new');
    writeFileSync(readme, 'in the file\n');
    rmSync(join(box.path, 'new'));
    const { staged, uncommitted, HEAD: head } = await keep(box);
    expect(show(staged, 'README.md')).toBe('staged');
    expect(show(staged, 'new')).toBe('staged as well');
    expect(show(uncommitted, 'README.md')).toBe('in the file');
    expect(git(mirror(), 'rev-parse', `${staged}^`)).toBe(head);
  });

  it('is kept once when what is staged is in the files, in conflict or only meant to be added', async () => {
    const box = await makeBox();
    const start = git(box.path, 'rev-parse', 'HEAD');
    commit(box.path, { 'README.md': 'ours\n' });
    git(box.path, 'checkout', '--quiet', '-b', 'theirs', start);
    commit(box.path, { 'README.md': 'theirs\n' });
    git(box.path, 'checkout', '--quiet', box.branch);
    expect(() => git(box.path, 'merge', 'theirs')).toThrow();
    writeFileSync(join(box.path, 'added'), 'added');
    writeFileSync(join(box.path, 'meant'), 'meant');
    git(box.path, 'add', 'added');
    git(box.path, 'add', '--intent-to-add', 'meant');
    writeFileSync(join(box.path, 'untracked'), 'untracked');
    const kept = await keep(box);
    expect(Object.keys(kept).sort()).toEqual(
      ['HEAD', `heads/${box.branch}`, 'heads/theirs', 'uncommitted'].sort(),
    );
  });

  it('is kept before the first commit of a new repository, with files alone', async () => {
    const box = await makeBox();
    rmSync(join(box.path, '.git'), { recursive: true });
    git(box.path, 'init', '--quiet');
    const kept = await keep(box);
    expect(Object.keys(kept)).toEqual(['uncommitted']);
    expect(show(kept['uncommitted'], 'src/a.txt')).toBe('a');
  });

  it('runs nothing of the checkout while it is kept', async () => {
    const box = await makeBox();
    const trace = join(fixture.dir, 'kept.trace');
    const program = join(fixture.dir, 'kept.sh');
    writeFileSync(program, `#!/bin/sh\ntouch '${trace}'\ncat\n`);
    chmodSync(program, 0o755);
    for (const name of [
      'core.fsmonitor',
      'core.sshCommand',
      'filter.evil.clean',
      'filter.evil.process',
      'diff.evil.command',
      'core.alternateRefsCommand',
      'uploadpack.packObjectsHook',
      'core.hooksPath',
      'gpg.program',
    ])
      git(box.path, 'config', name, program);
    git(box.path, 'config', 'commit.gpgSign', 'true');
    mkdirSync(join(box.path, '.git', 'hooks'), { recursive: true });
    for (const hook of ['reference-transaction', 'pre-commit', 'post-index-change'])
      symlinkSync(program, join(box.path, '.git', 'hooks', hook));
    writeFileSync(join(box.path, '.gitattributes'), '* filter=evil diff=evil\n');
    const { uncommitted } = await keep(box);
    expect(show(uncommitted, '.gitattributes')).toContain('evil');
    expect(existsSync(trace)).toBe(false);
  });

  it.each<[string, RegExp, (box: Box) => void]>([
    ['moved away', /moved away/, ({ path }) => renameSync(path, `${path}.away`)],
    [
      'whose repository is elsewhere',
      /moved away/,
      ({ path }) => git(path, 'init', '--quiet', `--separate-git-dir=${path}.git`),
    ],
    [
      'whose repository is behind a link',
      /moved away/,
      ({ path }) => {
        renameSync(join(path, '.git'), `${path}.git`);
        symlinkSync(`${path}.git`, join(path, '.git'));
      },
    ],
    ['with refs in reftable', /reftable/, ({ path }) => mkdirSync(join(path, '.git', 'reftable'))],
    [
      'with SHA-256',
      /SHA-256/,
      ({ path }) => {
        rmSync(join(path, '.git'), { recursive: true });
        git(path, 'init', '--quiet', '--object-format=sha256');
        commit(path, { a: 'a' });
      },
    ],
    [
      'with a named pipe for a branch',
      /no ref that can be read/,
      ({ path, branch }) => {
        const ref = join(path, '.git', 'refs', 'heads', branch);
        rmSync(ref);
        execFileSync('mkfifo', [ref]);
      },
    ],
    [
      'with a named pipe for packed refs',
      /packed-refs/,
      ({ path }) => {
        rmSync(join(path, '.git', 'packed-refs'), { force: true });
        execFileSync('mkfifo', [join(path, '.git', 'packed-refs')]);
      },
    ],
    [
      'with a link for HEAD',
      /no ref that can be read/,
      ({ path }) => {
        rmSync(join(path, '.git', 'HEAD'));
        symlinkSync('refs/heads/main', join(path, '.git', 'HEAD'));
      },
    ],
    [
      'with a named pipe for .gitignore',
      /is no file/,
      ({ path }) => {
        rmSync(join(path, '.gitignore'));
        execFileSync('mkfifo', [join(path, '.gitignore')]);
      },
    ],
    [
      'with another repository in it',
      /another repository/,
      ({ path }) => {
        makeRepository(join(path, 'nested'));
      },
    ],
    [
      'that lacks objects',
      /nonexistent|missing|bad object|not/,
      ({ path }) => {
        const id = commit(path, { b: 'b' });
        rmSync(join(path, '.git', 'objects', id.slice(0, 2), id.slice(2)));
      },
    ],
    [
      'with objects that are not what their name says',
      /./,
      ({ path }) => {
        const one = git(path, 'rev-parse', 'HEAD');
        const two = commit(path, { c: 'c' });
        const file = (id: string) => join(path, '.git', 'objects', id.slice(0, 2), id.slice(2));
        const other = commit(path, { d: 'd' });
        rmSync(file(other));
        execFileSync('cp', [file(two), file(other)]);
        expect(one).not.toBe(two);
      },
    ],
  ])('is not deleted with a checkout %s', async (_, reason, change) => {
    const box = await makeBox();
    commit(box.path, { work: 'precious' });
    change(box);
    await expect(destroy(box)).rejects.toMatchObject({
      code: 'branch_not_kept',
      retryable: false,
      message: expect.stringMatching(reason),
    });
    await expect(destroy(box)).rejects.toThrow(/keepBranch: false/);
    expect(existsSync(fixture.sandbox(box.taskId))).toBe(true);
    expect(readdirSync(join(fixture.dataDir, 'mirrors')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await destroy(box, false)).toEqual({ kept: undefined });
    expect(existsSync(fixture.sandbox(box.taskId))).toBe(false);
  });

  it('is told of again when the service was killed after the sandbox was deleted', async () => {
    const box = await makeBox();
    const done = commit(box.path, { work: '1' });
    const first = await destroy(box);
    // Nothing was stored of it: the next attempt finds no sandbox any more.
    expect(await destroy(box)).toEqual(first);
    expect(first.kept?.refs).toContainEqual({ name: `refs/kept/${box.taskId}/HEAD`, commit: done });
  });
});

it('what was never committed beyond what may be kept is not destroyed, and it is said what to do', async () => {
  const box = await makeBox();
  writeFileSync(join(box.path, 'large.bin'), Buffer.alloc(3 << 20));
  const provider = fixture.open({ mostUncommittedBytes: 2 << 20 });
  await expect(
    provider.destroySandbox({ taskId: box.taskId, keepBranch: true }, never),
  ).rejects.toMatchObject({
    message: expect.stringMatching(/more than 2 MiB of it are not committed.*SLIPWAY_KEEP_UNCOMMITTED_MIB/),
  });
  expect(existsSync(box.path)).toBe(true);
  expect(Object.keys(await keep(box))).toContain('uncommitted');
});
