import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitHost } from '../../support/git-host.js';
import { never, useLocalProvider } from './local-fixture.js';
import { commit, git, makeRepository } from './repository.js';

const fixture = useLocalProvider();
const make = (repoRemote: string, more: object = {}) =>
  fixture
    .open({ allowPrivateHosts: true, ...more })
    .createSandbox({ ...fixture.spec({ repoRemote }), submodules: true, workspaceId: 'acme' }, never);
/** Writes an entry for a submodule without asking git whether it makes sense. */
const plant = (repository: string, path: string, object: string) =>
  git(repository, 'update-index', '--add', '--cacheinfo', `160000,${object},${path}`);
const entry = (name: string, path: string, url: string, more = '') =>
  `[submodule "${name}"]\n\tpath = ${path}\n\turl = ${url}\n${more}`;
const committed = (repository: string) => {
  git(repository, 'commit', '--quiet', '--message=modules');
  return repository;
};

describe("a checkout's submodules", () => {
  it('are there at their commits, deep ones too, and borrow nothing', async () => {
    const inner = makeRepository(join(fixture.dir, 'inner'), { 'inner.txt': 'inner\n' });
    const lib = makeRepository(join(fixture.dir, 'lib'), {
      'lib.txt': 'one\n',
      '.gitmodules': entry('deep', 'deep/inner', '../inner'),
    });
    plant(lib, 'deep/inner', git(inner, 'rev-parse', 'HEAD'));
    const wanted = git(committed(lib), 'rev-parse', 'HEAD');
    commit(lib, { 'lib.txt': 'two\n' });
    const app = makeRepository(join(fixture.dir, 'app'), {
      '.gitmodules': entry('lib', 'vendor/größe lib', '../lib'),
    });
    plant(app, 'vendor/größe lib', wanted);
    committed(app);

    const { path, notices } = await make(app);
    const module = join(path!, 'vendor/größe lib');
    expect(readFileSync(join(module, 'lib.txt'), 'utf8')).toBe('one\n');
    expect(readFileSync(join(module, 'deep/inner/inner.txt'), 'utf8')).toBe('inner\n');
    expect(git(module, 'rev-parse', 'HEAD')).toBe(wanted);
    expect(git(module, 'remote', 'get-url', 'origin')).toBe(lib);
    expect(git(path!, 'status', '--porcelain')).toBe('');
    expect(notices).toEqual([
      'Submodules are fetched (2): vendor/größe lib, vendor/größe lib/deep/inner. What is changed in them is not shown, pushed or kept with the task.',
    ]);
    // Nothing in it is a second name of a file of ours.
    expect(existsSync(join(module, '.git/objects/info/alternates'))).toBe(false);
    const files = readdirSync(join(module, '.git/objects'), { recursive: true, withFileTypes: true });
    for (const file of files.filter((each) => each.isFile()))
      expect(statSync(join(file.parentPath, file.name)).nlink).toBe(1);
    // Our own look at the changes is not disturbed by them.
    const provider = fixture.open();
    const taskId = path!.split('/').at(-2)!;
    expect(await provider.unpushedWork!({ taskId, lastPushed: null }, never)).toBeNull();
  });

  it('are not fetched from where a remote may not be, and nothing that is planted is run or followed', async () => {
    const trap = join(fixture.dir, 'trap');
    const lib = makeRepository(join(fixture.dir, 'trapped'), { 'y/hooks/post-checkout': `touch ${trap}\n` });
    git(lib, 'update-index', '--chmod=+x', 'y/hooks/post-checkout');
    git(lib, 'commit', '--quiet', '--message=hook');
    const head = git(lib, 'rev-parse', 'HEAD');
    const secret = makeRepository(join(fixture.dir, '..', `${fixture.dir.split('/').at(-1)}-outside`), {
      'secret.txt': 'hunter2',
    });
    const run = `\tupdate = !touch ${trap}\n\tbranch = --upload-pack=touch\n`;
    const bad: Record<string, [url: string, why: string]> = {
      ext: [`ext::sh -c 'touch ${trap}'`, 'white space'],
      option: [`--upload-pack=touch ${trap}`, 'white space'],
      dash: ['-u./payload', 'must not begin with "-"'],
      outside: [secret, 'outside of the folders'],
      climbing: ['../../../../../../etc', 'outside of the folders'],
      file: [`file://${secret}`, 'outside of the folders'],
      none: ['', 'empty'],
      gone: ['../no-such', 'no repository'],
    };
    const app = makeRepository(join(fixture.dir, 'hostile'), {
      '.gitmodules':
        Object.entries(bad)
          .map(([name, [url]]) => entry(name, `m/${name}`, url === '' ? '""' : JSON.stringify(url), run))
          .join('') +
        entry('../../../../evil', 'm/named', '../trapped', run) +
        entry('x', 'A/modules/x', '../trapped', run) +
        entry('commit', 'm/commit', '../trapped', run),
    });
    for (const name of Object.keys(bad)) plant(app, `m/${name}`, head);
    plant(app, 'm/named', head);
    plant(app, 'A/modules/x', head);
    plant(app, 'm/commit', '1'.repeat(40));
    plant(app, 'm/unknown', head);
    symlinkSync('.git', join(app, 'a'));
    git(app, 'add', 'a');
    committed(app);

    const { path, notices } = await make(app);
    expect(notices![0]).toContain('Submodules are fetched (2): A/modules/x, m/named.');
    expect(notices![1]).toMatch(/^Submodules that are not fetched; their folders are empty \(10\): /);
    for (const notice of notices!) expect(notice.length).toBeLessThanOrEqual(1_000);
    for (const name of [...Object.keys(bad), 'commit', 'unknown'])
      expect([name, readdirSync(join(path!, 'm', name))]).toEqual([name, []]);
    expect(existsSync(join(path!, 'A/modules/x/y/hooks/post-checkout'))).toBe(true);
    expect(existsSync(trap)).toBe(false);
    expect(readdirSync(join(path!, '.git')).includes('modules')).toBe(false);
    // Git itself stops at such a file; we look at what is changed all the same.
    const taskId = path!.split('/').at(-2)!;
    expect(await fixture.open().unpushedWork!({ taskId, lastPushed: null }, never)).toBeNull();
  });

  it.each([
    ['outside', '/srv/elsewhere', 'outside of the folders'],
    ['helper', 'ext::sh%20-c%20id', 'Remote helpers'],
    ['private', 'https://169.254.169.254/x', 'local or private address'],
    ['gone', '../no-such', 'There is no repository at'],
    ['commit', '../lib', 'is on no branch or tag'],
  ])('that cannot be are told with why: %s', async (name, url, why) => {
    const app = makeRepository(join(fixture.dir, `one-${name}`), { '.gitmodules': entry(name, 'm', url) });
    plant(app, 'm', '2'.repeat(40));
    const { notices } = await make(committed(app), { allowPrivateHosts: false });
    expect(notices).toHaveLength(1);
    expect(notices![0]).toContain(why.slice(0, 60));
  });

  it('have no addresses where .gitmodules is nothing that git can read', async () => {
    for (const [name, arrange] of [
      ['broken', (at: string) => writeFileSync(join(at, '.gitmodules'), '[submodule "m"\n\tpath = m')],
      ['folder', (at: string) => void commit(at, { '.gitmodules/x': entry('m', 'm', '../lib') })],
      ['binary', (at: string) => writeFileSync(join(at, '.gitmodules'), Buffer.alloc(1_000))],
    ] as const) {
      const app = makeRepository(join(fixture.dir, `modules-${name}`));
      arrange(app);
      git(app, 'add', '--all');
      plant(app, 'm', git(app, 'rev-parse', 'HEAD'));
      const { notices } = await make(committed(app));
      expect([name, notices]).toEqual([
        name,
        ['Submodules that are not fetched; their folders are empty (1): m (no address is given for it).'],
      ]);
    }
  });

  it('that have themselves as one come to an end', async () => {
    const self = makeRepository(join(fixture.dir, 'self'), {
      '.gitmodules': entry('self', 'self', '../self'),
    });
    const first = git(self, 'rev-parse', 'HEAD');
    // Each commit has the one before it.
    let last = first;
    for (let n = 0; n < 8; n++) {
      plant(self, 'self', last);
      last = git(committed(self), 'rev-parse', 'HEAD');
    }
    const { notices } = await make(self);
    expect(notices![0]).toContain('Submodules are fetched (5)');
    expect(notices![1]).toContain('(1): self/self/self/self/self/self (there are too many of them)');
  });

  describe('on a host that wants credentials', () => {
    let host: GitHost;
    const trusted = process.env['GIT_SSL_CAINFO'];
    beforeAll(async () => {
      const lib = makeRepository(join(fixture.dir, 'hosted/src-lib'), { 'lib.txt': 'private\n' });
      const app = makeRepository(join(fixture.dir, 'hosted/src-app'), {
        '.gitmodules': entry('lib', 'lib', '../lib.git'),
      });
      plant(app, 'lib', git(lib, 'rev-parse', 'HEAD'));
      committed(app);
      for (const name of ['lib', 'app'])
        git(join(fixture.dir, 'hosted'), 'clone', '--quiet', '--bare', `src-${name}`, `${name}.git`);
      host = await GitHost.start({ root: join(fixture.dir, 'hosted') });
      process.env['GIT_SSL_CAINFO'] = host.certificate;
    });
    afterAll(async () => {
      if (trusted === undefined) delete process.env['GIT_SSL_CAINFO'];
      else process.env['GIT_SSL_CAINFO'] = trusted;
      await host.stop();
    });
    const credentials = {
      find: async () => ({ kind: 'https' as const, username: 'git', token: 'right-token' }),
    };

    it("are fetched with the workspace's", async () => {
      const { path, notices } = await make(`${host.url}/app.git`, { credentials });
      expect(readFileSync(join(path!, 'lib/lib.txt'), 'utf8')).toBe('private\n');
      expect(readFileSync(join(path!, 'lib/.git/config'), 'utf8')).not.toContain('right-token');
      expect(notices![0]).toContain('Submodules are fetched (1): lib.');
    });

    it('are tried again with the whole checkout where that may help', async () => {
      const provider = fixture.open({ allowPrivateHosts: true, credentials });
      const spec = {
        ...fixture.spec({ repoRemote: `${host.url}/app.git` }),
        submodules: true,
        workspaceId: 'acme',
      };
      const answers = host.seen.length;
      // The repository's own fetch is let through.
      const bare = join(fixture.dir, 'hosted/lib.git');
      git(fixture.dir, 'config', '--file', join(bare, 'config'), 'core.repositoryformatversion', '99');
      const failed = provider.createSandbox(spec, never);
      await expect(failed).rejects.toMatchObject({ retryable: true });
      expect(host.seen.length).toBeGreaterThan(answers);
      expect(await provider.findSandbox(spec.taskId, never)).toBeNull();
      git(fixture.dir, 'config', '--file', join(bare, 'config'), 'core.repositoryformatversion', '0');
      const { path } = await provider.createSandbox(spec, never);
      expect(readFileSync(join(path!, 'lib/lib.txt'), 'utf8')).toBe('private\n');
    });
  });
});
