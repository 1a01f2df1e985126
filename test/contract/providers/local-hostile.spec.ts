import { describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { mirrorPlace } from '../../../src/providers/local/mirror-place.js';
import { never, useLocalProvider } from './local-fixture.js';
import { commit, git, makeRepository } from './repository.js';

const fixture = useLocalProvider();

/** A program that leaves a trace when anything runs it. */
const trap = (name: string) => {
  const trace = join(fixture.dir, `${name}.trace`);
  const program = join(fixture.dir, `${name}.sh`);
  writeFileSync(program, `#!/bin/sh\ntouch '${trace}'\n`);
  chmodSync(program, 0o755);
  return { program, sprung: () => existsSync(trace) };
};

describe('the local provider among hostile things', () => {
  it('runs nothing that an agent planted in its checkout', async () => {
    const { program, sprung } = trap('planted');
    const provider = fixture.open();
    const spec = fixture.spec();
    const { path = '' } = await provider.createSandbox(spec, never);
    const head = commit(path, { '.gitattributes': '* filter=evil\n', work: 'done' });
    const config = (name: string, value: string) => git(path, 'config', name, value);
    config('core.fsmonitor', program);
    config('core.sshCommand', program);
    config('core.hooksPath', join(path, '.git', 'hooks'));
    config('core.pager', program);
    config('filter.evil.smudge', program);
    config('filter.evil.clean', program);
    config('uploadpack.packObjectsHook', program);
    config('remote.origin.uploadpack', program);
    config('remote.origin.promisor', 'true');
    config('core.alternateRefsCommand', program);
    mkdirSync(join(path, '.git', 'hooks'), { recursive: true });
    for (const hook of [
      'post-checkout',
      'pre-commit',
      'reference-transaction',
      'post-index-change',
      'pre-push',
    ]) {
      symlinkSync(program, join(path, '.git', 'hooks', hook));
    }
    expect(sprung()).toBe(false);
    git(path, 'status');
    // (The trap works: git of ours without precautions springs it.)
    expect(sprung()).toBe(true);
    rmSync(join(fixture.dir, 'planted.trace'));

    await provider.createSandbox(spec, never);
    await provider.ensureAgent(spec, never);
    await provider.releaseSandbox(spec.taskId, never);
    await provider.destroySandbox({ taskId: spec.taskId, keepBranch: true }, never);
    expect(sprung()).toBe(false);
    await provider.createSandbox(fixture.spec(), never);
    const kept = `refs/kept/${spec.taskId}/heads/${spec.branchName}`;
    const { path: mirror } = mirrorPlace(join(fixture.dataDir, 'mirrors'), fixture.repository);
    expect(git(mirror, 'rev-parse', kept)).toBe(head);
    expect(sprung()).toBe(false);
  });

  it('runs nothing that a repository brings along', async () => {
    const { program, sprung } = trap('brought');
    const remote = makeRepository(join(fixture.dir, 'evil'), {
      '.gitattributes': '* filter=evil\n',
      '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ext::${program}\n\tupdate = !${program}\n`,
      README: 'r',
    });
    for (const hook of ['post-checkout', 'pre-receive', 'post-update']) {
      symlinkSync(program, join(remote, '.git', 'hooks', hook));
    }
    git(remote, 'config', 'filter.evil.smudge', program);
    git(remote, 'config', 'uploadpack.packObjectsHook', program);
    const { path = '' } = await fixture.open().createSandbox(fixture.spec({ repoRemote: remote }), never);
    expect(existsSync(join(path, 'README'))).toBe(true);
    expect(sprung()).toBe(false);
  });

  it('refuses bad remotes and branches for good, before any program runs', async () => {
    const { program, sprung } = trap('git');
    const bin = mkdtempSync(join(fixture.dir, 'bin-'));
    for (const name of ['git', 'ssh', 'flock', 'unshare', 'sh']) symlinkSync(program, join(bin, name));
    const { PATH } = process.env;
    process.env['PATH'] = `${bin}:${PATH}`;
    try {
      const provider = fixture.open({ dataDir: join(fixture.dir, 'untouched') });
      const refused = [
        ...['ext::sh -c id', '--upload-pack=id', 'https://u:p@h.example/a', '/etc', 'http://h.example/a'],
        ...['https://127.0.0.1/a', 'https://[::1]/a', 'git@localhost:a', 'file:///etc', ''],
      ].map((repoRemote) => fixture.spec({ repoRemote }));
      const branches = ['--upload-pack=id', '-b', 'a..b', 'HEAD', 'refs/heads/x', 'a b', '', 'x.lock'];
      const named = branches.flatMap((name) => [
        fixture.spec({ branchName: name }),
        fixture.spec({ onBranch: name }),
      ]);
      for (const spec of refused) {
        await expect(provider.createSandbox(spec, never)).rejects.toMatchObject({
          code: 'remote_refused',
          retryable: false,
        });
      }
      for (const spec of named) {
        await expect(provider.createSandbox(spec, never)).rejects.toMatchObject({ code: 'bad_branch' });
      }
      await expect(provider.createSandbox(fixture.spec({ taskId: '../x' }), never)).rejects.toMatchObject({
        code: 'bad_task_id',
      });
      expect(sprung()).toBe(false);
      expect(existsSync(join(fixture.dir, 'untouched'))).toBe(false);
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('refuses a path that leads out of the allowed folders through a link', async () => {
    const roots = join(fixture.dir, 'roots');
    mkdirSync(roots);
    symlinkSync(fixture.repository, join(roots, 'link'));
    const provider = fixture.open({ localRoots: [roots] });
    await expect(
      provider.createSandbox(fixture.spec({ repoRemote: join(roots, 'link') }), never),
    ).rejects.toMatchObject({ code: 'remote_refused', retryable: false });
  });

  it('reaches a host at the address that was checked, and at no private one', async () => {
    let connections = 0;
    const listener = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as { port: number };
    const spec = () => fixture.spec({ repoRemote: `https://git.invalid:${port}/a` });
    try {
      for (const addresses of [['127.0.0.1'], ['93.184.215.14', '10.0.0.1'], ['::1'], []]) {
        const provider = fixture.open({ resolve: async () => addresses });
        await expect(provider.createSandbox(spec(), never)).rejects.toMatchObject({ code: 'remote_refused' });
      }
      expect(connections).toBe(0);
      // `git.invalid` resolves nowhere (RFC 6761), so that only the pinned address can lead here.
      const provider = fixture.open({ allowPrivateHosts: true, resolve: async () => ['127.0.0.1'] });
      await expect(provider.createSandbox(spec(), never)).rejects.toMatchObject({
        code: 'remote_unreachable',
        retryable: true,
      });
      expect(connections).toBeGreaterThan(0);
    } finally {
      await new Promise((resolve) => listener.close(resolve));
    }
  });

  it('fetches by ssh from the address that was checked', async () => {
    const bin = mkdtempSync(join(fixture.dir, 'ssh-'));
    const trace = join(bin, 'trace');
    // Stands for the ssh client: notes its arguments and serves the repository from here.
    writeFileSync(
      join(bin, 'ssh'),
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${trace}'\nexec git upload-pack '${fixture.repository}'\n`,
      { mode: 0o755 },
    );
    const { PATH } = process.env;
    process.env['PATH'] = `${bin}:${PATH}`;
    try {
      const provider = fixture.open({ resolve: async () => ['93.184.215.14'] });
      const repoRemote = 'git@forge.invalid:a/b.git';
      const { path = '' } = await provider.createSandbox(fixture.spec({ repoRemote }), never);
      expect(git(path, 'remote', 'get-url', 'origin')).toBe(repoRemote);
      const words = readFileSync(trace, 'utf8').trim().split('\n');
      expect(words).toContain('HostName=93.184.215.14');
      expect(words).toContain('HostKeyAlias=forge.invalid');
      expect(words.slice(0, 2)).toEqual(['-F', 'none']);
      expect(words.slice(-2)).toEqual(['git@forge.invalid', "git-upload-pack 'a/b.git'"]);
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('deletes no sandbox whose branch it was to keep and cannot, and follows no link when it deletes', async () => {
    const provider = fixture.open();
    const spec = fixture.spec();
    const { path = '' } = await provider.createSandbox(spec, never);
    commit(path, { work: 'precious' });
    const elsewhere = join(fixture.dir, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'file'), 'stays');
    symlinkSync(elsewhere, join(path, 'out'));
    rmSync(join(path, '.git', 'objects'), { recursive: true });
    symlinkSync(elsewhere, join(path, '.git', 'objects'));
    await expect(
      provider.destroySandbox({ taskId: spec.taskId, keepBranch: true }, never),
    ).rejects.toMatchObject({ code: 'branch_not_kept', retryable: false });
    expect(existsSync(path)).toBe(true);
    await provider.destroySandbox({ taskId: spec.taskId, keepBranch: false }, never);
    expect(existsSync(path)).toBe(false);
    expect(existsSync(join(elsewhere, 'file'))).toBe(true);
  });
});
