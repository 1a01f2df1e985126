import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttps, type Server } from 'node:https';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import type { LocalOptions } from '../../../src/providers/local/local-host.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';
import { git, makeRepository } from './repository.js';

const fixture = useLocalProvider();
const NAME = 'git.invalid';
const sockets = new Set<Socket>();
let server: Server;
let port = 0;

/** Answers each path in its way: `/status/<n>`, `/redirect`, `/reset`, `/hang`, `/half`. */
function answer(
  path: string,
): [status: number, headers: Record<string, string>, act: 'end' | 'reset' | 'hang'] {
  const [, what = '', detail = ''] = path.split('/');
  const advertisement = { 'content-type': 'application/x-git-upload-pack-advertisement' };
  if (what === 'status')
    return [Number(detail), detail === '401' ? { 'www-authenticate': 'Basic realm="x"' } : {}, 'end'];
  if (what === 'redirect') return [302, { location: `https://elsewhere.invalid:${port}/a/info/refs` }, 'end'];
  if (what === 'hang') return [200, advertisement, 'hang'];
  return [200, advertisement, 'reset'];
}

/** With a certificate for the name, or for another. */
function startServer(name: string): Promise<{ server: Server; port: number; certificate: string }> {
  const folder = mkdtempSync(join(fixture.dir, 'tls-'));
  const [key, certificate] = [join(folder, 'key'), join(folder, 'certificate')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`];
  execFileSync(
    'openssl',
    [...made, '-addext', `subjectAltName=DNS:${name}`, '-keyout', key, '-out', certificate],
    {
      stdio: 'ignore',
    },
  );
  const started = createHttps(
    { key: readFileSync(key), cert: readFileSync(certificate) },
    (request, response) => {
      const [status, headers, act] = answer(request.url ?? '');
      response.writeHead(status, headers);
      if (act === 'end') response.end();
      else if (act === 'reset') request.socket.destroy();
      else response.flushHeaders();
    },
  );
  started.on('connection', (socket: Socket) => sockets.add(socket));
  return new Promise((resolve) =>
    started.listen(0, '127.0.0.1', () =>
      resolve({ server: started, port: (started.address() as AddressInfo).port, certificate }),
    ),
  );
}

const create = (repoRemote: string, options: Partial<LocalOptions> = {}) =>
  fixture
    .open({ allowPrivateHosts: true, resolve: async () => ['127.0.0.1'], ...options })
    .createSandbox(fixture.spec({ repoRemote }), never);

describe('a remote that does not hand out its repository', () => {
  let certificate = '';

  beforeAll(async () => {
    ({ server, port, certificate } = await startServer(NAME));
    process.env['GIT_SSL_CAINFO'] = certificate;
  });
  afterAll(async () => {
    delete process.env['GIT_SSL_CAINFO'];
    sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ['status/401', 'remote_unauthorized', false],
    ['status/403', 'remote_unauthorized', false],
    ['status/404', 'repository_not_found', false],
    ['status/410', 'repository_not_found', false],
    ['redirect', 'remote_redirects', false],
    ['status/429', 'remote_unreachable', true],
    ['status/500', 'remote_unreachable', true],
    ['status/503', 'remote_unreachable', true],
    ['reset', 'remote_unreachable', true],
  ])('says so of /%s: %s', async (path, code, retryable) => {
    // A name that speaks of something else must not count.
    await expect(create(`https://${NAME}:${port}/${path}/redirect-403-certificate`)).rejects.toMatchObject({
      code,
      retryable,
    });
  });

  it('says that it hands it out too slowly', async () => {
    const fetchLimits = { lowSpeed: { bytes: 1_000, seconds: 1 } };
    await expect(create(`https://${NAME}:${port}/hang`, { fetchLimits })).rejects.toMatchObject({
      code: 'remote_unreachable',
      retryable: true,
    });
  });

  it('says that nobody listens', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port: free } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    await expect(create(`https://${NAME}:${free}/a`)).rejects.toMatchObject({ code: 'remote_unreachable' });
  });

  it('says that its certificate is not trusted, or is for another name', async () => {
    const other = await startServer('other.invalid');
    const untrusted = { code: 'remote_untrusted', retryable: false };
    try {
      await expect(create(`https://${NAME}:${other.port}/a`)).rejects.toMatchObject(untrusted);
      process.env['GIT_SSL_CAINFO'] = other.certificate;
      await expect(create(`https://${NAME}:${other.port}/a`)).rejects.toMatchObject(untrusted);
    } finally {
      process.env['GIT_SSL_CAINFO'] = certificate;
      await new Promise((resolve) => other.server.close(resolve));
    }
  });

  it('says that it speaks no TLS, or ends in the middle of its beginning', async () => {
    for (const speak of [
      (socket: Socket) => socket.end('HTTP/1.1 400 Bad\r\n\r\n'),
      (socket: Socket) => socket.destroy(),
    ]) {
      const plain = createServer((socket) => {
        socket.on('error', () => undefined).once('data', () => speak(socket));
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => plain.once('listening', resolve));
      try {
        const { port: at } = plain.address() as AddressInfo;
        await expect(create(`https://${NAME}:${at}/a`)).rejects.toMatchObject({ code: 'remote_unreachable' });
      } finally {
        await new Promise((resolve) => plain.close(resolve));
      }
    }
  });

  it('tells a host that is not there from a name service that fails', async () => {
    const failing = (code: string) => ({
      resolve: () => Promise.reject(Object.assign(new Error(code), { code, syscall: 'getaddrinfo' })),
    });
    const remote = `https://${NAME}/a`;
    await expect(create(remote, failing('ENOTFOUND'))).rejects.toMatchObject({ code: 'host_not_found' });
    await expect(create(remote, failing('EAI_AGAIN'))).rejects.toMatchObject({
      code: 'name_service_failed',
      retryable: true,
    });
  });
});

const looseObject = (repository: string, name: string) => {
  const id = git(repository, 'rev-parse', name).trim();
  return join(repository, '.git', 'objects', id.slice(0, 2), id.slice(2));
};

describe('a repository on this disk', () => {
  const refused = (path: string, reason: RegExp, roots = [join(fixture.dir, 'allowed')]) =>
    expect(create(path, { localRoots: roots })).rejects.toMatchObject({
      code: 'remote_refused',
      retryable: false,
      message: expect.stringMatching(reason),
    });
  const allowed = (name: string) => makeRepository(join(fixture.dir, 'allowed', name));

  it('that borrows objects from outside of the allowed folders is refused, from inside it is not', async () => {
    const [one, two] = [allowed('borrows-outside'), allowed('borrows-inside')];
    const list = (repository: string) => join(repository, '.git', 'objects', 'info', 'alternates');
    writeFileSync(list(one), `${join(fixture.repository, '.git', 'objects')}\n`);
    await refused(one, /alternates|objects/);
    writeFileSync(list(two), '../../../lender/.git/objects\n');
    const lender = allowed('lender');
    await expect(create(two, { localRoots: [join(fixture.dir, 'allowed')] })).resolves.toBeDefined();
    writeFileSync(list(lender), `${join(fixture.repository, '.git', 'objects')}\n`);
    await refused(two, /objects/);
  });

  it.each(['.git', '.git/objects', '.git/refs', '.git/objects/pack'])(
    'whose %s leads outside is refused',
    async (part) => {
      const repository = allowed(`link ${part.replaceAll('/', '-')}`);
      const away = join(fixture.dir, `away ${part.replaceAll('/', '-')}`);
      renameSync(join(repository, part), away);
      symlinkSync(away, join(repository, part));
      await refused(repository, /leads out/);
    },
  );

  it('with a pipe or a socket among its refs is refused at once, by its name', async () => {
    const repository = allowed('pipe-ref');
    execFileSync('mkfifo', [join(repository, '.git', 'refs', 'heads', 'pipe')]);
    await refused(repository, /its refs\/heads\/pipe is no file: delete it there/);
    rmSync(join(repository, '.git', 'refs', 'heads', 'pipe'));
    mkdirSync(join(repository, '.git', 'refs', 'tags', 'deep'), { recursive: true });
    execFileSync('mkfifo', [join(fixture.dir, 'allowed', 'a-pipe')]);
    symlinkSync(
      join(fixture.dir, 'allowed', 'a-pipe'),
      join(repository, '.git', 'refs', 'tags', 'deep', 'pipe'),
    );
    await refused(repository, /its refs\/tags\/deep\/pipe is no file/);
  });

  it.each<[string, (repository: string) => void]>([
    ['without an object', (repository) => rmSync(looseObject(repository, 'HEAD:README.md'))],
    [
      'with a corrupt object',
      (repository) => {
        const file = looseObject(repository, 'HEAD^{tree}');
        chmodSync(file, 0o644);
        writeFileSync(file, 'garbage');
      },
    ],
    ['without the commit of a branch', (repository) => rmSync(looseObject(repository, 'HEAD'))],
    [
      'with a branch that leads to nothing',
      (repository) =>
        writeFileSync(join(repository, '.git', 'refs', 'heads', 'gone'), `${'1234567890'.repeat(4)}\n`),
    ],
  ])('that is damaged is told as that: %s', async (what, damage) => {
    const repository = allowed(what.replaceAll(' ', '-'));
    damage(repository);
    await expect(create(repository)).rejects.toMatchObject({
      code: 'repository_damaged',
      message: expect.stringMatching(/git fsck/),
    });
  });

  it('that is a worktree, or has its repository elsewhere, is refused', async () => {
    const repository = allowed('main-one');
    const tree = join(fixture.dir, 'allowed', 'tree');
    git(repository, 'worktree', 'add', '--quiet', '--detach', tree);
    await refused(tree, /\.git is a file/);
    await refused(join(repository, '.git', 'worktrees', 'tree'), /worktree/);
  });

  it('that is a partial clone is refused by name', async () => {
    const source = allowed('whole');
    git(source, 'config', 'uploadpack.allowFilter', 'true');
    const partial = join(fixture.dir, 'allowed', 'partial');
    git(fixture.dir, 'clone', '--quiet', '--bare', '--filter=blob:none', `file://${source}`, partial);
    await expect(create(partial)).rejects.toMatchObject({
      code: 'repository_unsupported',
      retryable: false,
      message: expect.stringMatching(/partial clone/),
    });
  });

  it('that is larger than a fetch may be is refused, and fetched once more is allowed', async () => {
    const repository = makeRepository(join(fixture.dir, 'large'), {
      noise: randomBytes(1 << 20).toString('hex'),
    });
    await expect(create(repository, { fetchLimits: { mostBytes: 256 << 10 } })).rejects.toMatchObject({
      code: 'repository_too_large',
      retryable: false,
    });
    await expect(create(repository, { fetchLimits: { mostBytes: 16 << 20 } })).resolves.toBeDefined();
  });
});

describe('how long a clone takes', () => {
  it('is limited by nothing but the stage, unless a limit is given', async () => {
    const bin = mkdtempSync(join(fixture.dir, 'ssh-'));
    const [asked, release] = [join(bin, 'asked'), join(bin, 'release')];
    mkdirSync(asked);
    // Stands for the ssh client: serves the repository when the test says so.
    const waits = `touch '${asked}'/$$; while [ ! -e '${release}' ]; do sleep 0.02; done`;
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\n${waits}\nexec git upload-pack '${fixture.repository}'\n`);
    chmodSync(join(bin, 'ssh'), 0o755);
    const { PATH } = process.env;
    process.env['PATH'] = `${bin}:${PATH}`;
    try {
      let isSettled = false;
      const slow = create(`git@${NAME}:a/slow.git`).finally(() => (isSettled = true));
      await eventually(() => execFileSync('ls', [asked], { encoding: 'utf8' }) !== '', 'git to ask');
      await expect(create(`git@${NAME}:a/cut.git`, { gitTimeoutMs: 300 })).rejects.toMatchObject({
        code: 'git_failed',
        retryable: true,
      });
      expect(isSettled).toBe(false);
      writeFileSync(release, '');
      await expect(slow).resolves.toBeDefined();
    } finally {
      process.env['PATH'] = PATH;
    }
  });
});

describe('the git of this machine', () => {
  it.each([
    ['git version 2.36.1', 'git_too_old'],
    ['git version 1.9', 'git_too_old'],
    ['something else', 'git_missing'],
  ])('that says "%s" will not do', async (said, code) => {
    const bin = mkdtempSync(join(fixture.dir, 'git-'));
    writeFileSync(join(bin, 'git'), `#!/bin/sh\necho '${said}'\n`, { mode: 0o755 });
    const { PATH } = process.env;
    process.env['PATH'] = `${bin}:${PATH}`;
    try {
      await expect(create(fixture.repository)).rejects.toMatchObject({ code, retryable: false });
    } finally {
      process.env['PATH'] = PATH;
    }
  });
});
