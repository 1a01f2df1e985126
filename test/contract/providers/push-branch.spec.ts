import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PushSpec, SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import { useLocalProvider, never } from './local-fixture.js';
import { commit, git } from './repository.js';

const fixture = useLocalProvider();
const AUTHOR = { name: 'Slipway', email: 'slipway@localhost' };

describe('a push of what is in a checkout', () => {
  let provider: SandboxProvider;
  let bare = '';
  beforeAll(() => {
    bare = join(fixture.dir, 'bare.git');
    git(fixture.dir, 'clone', '--quiet', '--bare', fixture.repository, bare);
    provider = fixture.open();
  });

  async function made() {
    const spec = fixture.spec({ repoRemote: bare });
    const { path } = await provider.createSandbox(spec, never);
    let pushes = 0;
    const push = (more: Partial<PushSpec> = {}) =>
      provider.pushBranch!(
        {
          taskId: spec.taskId,
          workspaceId: 'default',
          branchName: spec.branchName,
          name: `push-${++pushes}`,
          includeUncommitted: true,
          message: 'feat: the work\n',
          author: AUTHOR,
          at: '2026-11-26T12:00:00.123Z',
          lastPushed: null,
          force: false,
          ...more,
        },
        never,
      );
    const there = () => git(bare, 'rev-parse', `refs/heads/${spec.branchName}`);
    const write = (name: string, text: string) => writeFileSync(join(path!, name), text);
    return { ...spec, path: path!, push, there, write };
  }

  it('has what is committed and, in a commit on top, what is not', async () => {
    const { path, push, there, write } = await made();
    const own = commit(path, { 'a.txt': 'a\n' });
    write('b.txt', 'b\n');
    const pushed = await push();
    expect(pushed).toEqual({ commit: there(), remote: bare, left: [] });
    expect(git(bare, 'rev-parse', `${there()}^`)).toBe(own);
    expect(git(bare, 'show', `${there()}:b.txt`)).toBe('b');
    expect(git(bare, 'log', '-1', '--format=%an <%ae> %s %at', there())).toBe(
      'Slipway <slipway@localhost> feat: the work 1795694400',
    );
    // The checkout is the agent's: nothing in it has changed.
    expect(git(path, 'rev-parse', 'HEAD')).toBe(own);
    expect(git(path, 'status', '--porcelain')).toBe('?? b.txt');
  });

  it('has only what is committed, if that is wanted', async () => {
    const { path, push, there, write } = await made();
    const own = commit(path, { 'a.txt': 'a\n' });
    write('b.txt', 'b\n');
    expect((await push({ includeUncommitted: false })).commit).toBe(own);
    expect(there()).toBe(own);
  });

  it('is the same commit when it is made again, whatever has become of the checkout', async () => {
    const { path, push, there, write } = await made();
    write('b.txt', 'b\n');
    const first = await push({ name: 'once' });
    write('b.txt', 'changed\n');
    commit(path, { 'c.txt': 'c\n' });
    expect((await push({ name: 'once' })).commit).toBe(first.commit);
    expect(there()).toBe(first.commit);
  });

  it('goes on from what was pushed before, and joins what the agent has committed since', async () => {
    const { path, push, there, write } = await made();
    write('b.txt', '1\n');
    const one = (await push()).commit;
    expect((await push({ lastPushed: one })).commit).toBe(one);
    write('b.txt', '2\n');
    const two = (await push({ lastPushed: one })).commit;
    expect(git(bare, 'rev-parse', `${two}^`)).toBe(one);
    const own = commit(path, { 'b.txt': '3\n' });
    const three = (await push({ lastPushed: two })).commit;
    expect(git(bare, 'rev-parse', `${three}^1`, `${three}^2`).split('\n')).toEqual([two, own]);
    expect(git(bare, 'show', `${there()}:b.txt`)).toBe('3');
    // And from there on, the agent's own commits go on by themselves.
    git(path, 'fetch', '--quiet', bare, three);
    git(path, 'reset', '--quiet', '--hard', 'FETCH_HEAD');
    const four = commit(path, { 'b.txt': '4\n' });
    expect((await push({ lastPushed: three })).commit).toBe(four);
  });

  it('does not overrun what somebody else pushed, but with force as long as it is as it was', async () => {
    const { branchName, push, there, write } = await made();
    const other = join(fixture.dir, `other-${branchName.replace('/', '-')}`);
    git(fixture.dir, 'clone', '--quiet', bare, other);
    git(other, 'checkout', '--quiet', '-b', branchName);
    const theirs = commit(other, { 'theirs.txt': 'x\n' });
    git(other, 'push', '--quiet', 'origin', branchName);
    write('b.txt', 'b\n');
    await expect(push({ name: 'refused' })).rejects.toMatchObject({
      code: 'push_not_fast_forward',
      retryable: false,
    });
    expect(there()).toBe(theirs);
    const forced = await push({ force: true });
    expect(there()).toBe(forced.commit);
  });

  it('tells what the remote says when it refuses', async () => {
    const { push, write } = await made();
    const hook = join(bare, 'hooks', 'pre-receive');
    mkdirSync(join(bare, 'hooks'), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\necho "protected branch: ask somebody" >&2\nexit 1\n', { mode: 0o755 });
    write('b.txt', 'b\n');
    try {
      await expect(push()).rejects.toMatchObject({
        code: 'push_rejected',
        retryable: false,
        message: expect.stringContaining('protected branch: ask somebody'),
      });
    } finally {
      rmSync(hook);
    }
  });

  it('is refused where there is nothing of its own', async () => {
    const { push } = await made();
    await expect(push()).rejects.toMatchObject({ code: 'nothing_to_push', retryable: false });
    await expect(push({ includeUncommitted: false })).rejects.toMatchObject({ code: 'nothing_to_push' });
  });

  it('runs nothing that an agent planted', async () => {
    const { path, push, write } = await made();
    const planted = join(fixture.dir, 'planted');
    const script = `#!/bin/sh\ntouch ${planted}\n`;
    for (const hook of ['pre-push', 'pre-commit', 'reference-transaction', 'post-index-change'])
      writeFileSync(join(path, '.git', 'hooks', hook), script, { mode: 0o755 });
    const run = `sh -c 'touch ${planted}'`;
    git(path, 'config', 'core.fsmonitor', run);
    git(path, 'config', 'core.sshCommand', run);
    git(path, 'config', 'credential.helper', `!${run}`);
    git(path, 'config', 'filter.x.clean', run);
    git(path, 'config', `url.ext::${run}.insteadOf`, bare);
    git(path, 'config', 'push.gpgSign', 'true');
    git(path, 'config', 'gpg.program', run);
    write('.gitattributes', '* filter=x\n');
    write('b.txt', 'b\n');
    rmSync(planted, { force: true });
    await push();
    expect(() => rmSync(planted)).toThrow(/ENOENT/);
  });
});
