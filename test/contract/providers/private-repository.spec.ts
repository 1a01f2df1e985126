import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProviderError } from '../../../src/events/provider-error.js';
import type { OpenedCredential } from '../../../src/repository/credentials/credential.js';
import { GitHost } from '../../support/git-host.js';
import { SshHost } from '../../support/ssh-host.js';
import { useLocalProvider, never } from './local-fixture.js';
import { git } from './repository.js';

const fixture = useLocalProvider();
const token = (text: string, username = 'git'): OpenedCredential => ({
  kind: 'https',
  username,
  token: text,
});

/** A provider for a workspace that has the credential, or whose credentials cannot be read. */
const withCredential = (credential: OpenedCredential | undefined | Error) =>
  fixture.open({
    allowPrivateHosts: true,
    credentials: {
      find: async (workspaceId) => {
        if (credential instanceof Error) throw credential;
        return workspaceId === 'acme' ? credential : undefined;
      },
    },
  });
const create = (credential: OpenedCredential | undefined | Error, repoRemote: string, workspaceId = 'acme') =>
  withCredential(credential).createSandbox({ ...fixture.spec({ repoRemote }), workspaceId }, never);

describe('a repository behind basic auth', () => {
  let host: GitHost;
  let remote = '';
  const trusted = process.env['GIT_SSL_CAINFO'];

  beforeAll(async () => {
    git(fixture.dir, 'clone', '--quiet', '--bare', fixture.repository, 'private.git');
    host = await GitHost.start({ root: fixture.dir });
    process.env['GIT_SSL_CAINFO'] = host.certificate;
    remote = `${host.url}/private.git`;
  });
  afterAll(async () => {
    if (trusted === undefined) delete process.env['GIT_SSL_CAINFO'];
    else process.env['GIT_SSL_CAINFO'] = trusted;
    await host.stop();
  });

  it('is fetched with the credential of the workspace', async () => {
    const { path } = await create(token('right-token'), remote);
    expect(readFileSync(join(path!, 'README.md'), 'utf8')).toBe('# Demo\n');
    expect(host.seen).toContain('git:right-token');
  });

  it('takes a user name with signs that an address has', async () => {
    await expect(create(token('right-token', "o'neil@x.example:1/2"), remote)).rejects.toMatchObject({
      code: 'credentials_refused',
    });
    expect(host.seen.at(-1)).toBe("o'neil@x.example:1/2:right-token");
  });

  it('says which command gives one, where there is none', async () => {
    await expect(create(undefined, remote)).rejects.toMatchObject({
      code: 'remote_unauthorized',
      retryable: false,
      message: expect.stringContaining(`slipway credentials set ${host.name} --workspace acme`),
    });
  });

  it('is not fetched for another workspace on the ground of what is here already', async () => {
    await create(token('right-token'), remote);
    await expect(create(token('right-token'), remote, 'other')).rejects.toMatchObject({
      code: 'remote_unauthorized',
    });
  });

  it('does not let another workspace ride on a fetch that is under way', async () => {
    const provider = withCredential(token('right-token'));
    const made = ['acme', 'other', 'acme', 'other'].map((workspaceId) =>
      provider.createSandbox({ ...fixture.spec({ repoRemote: remote }), workspaceId }, never).then(
        () => 'made',
        (error: ProviderError) => error.code,
      ),
    );
    expect(await Promise.all(made)).toEqual(['made', 'remote_unauthorized', 'made', 'remote_unauthorized']);
  });

  it('says that a wrong one was refused, and never what it is', async () => {
    const refused = await create(token('wrong-token'), remote).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'credentials_refused', retryable: false });
    expect((refused as Error).message).toContain(`slipway credentials set ${host.name}`);
    expect(JSON.stringify([refused, String((refused as Error).cause)])).not.toContain('wrong-token');
  });

  it('is tried again later while credentials cannot be read, and a public one is fetched all the same', async () => {
    const away = new ProviderError('credentials_unavailable', 'away', { retryable: true });
    await expect(create(away, remote)).rejects.toMatchObject({
      code: 'credentials_unavailable',
      retryable: true,
    });
    await expect(create(away, fixture.repository)).resolves.toBeDefined();
  });

  it('gives nothing to where it redirects to', async () => {
    const other = await GitHost.start({ root: fixture.dir });
    try {
      host.redirectTo = other.url;
      await expect(create(token('right-token'), remote)).rejects.toMatchObject({ code: 'remote_redirects' });
      expect(other.seen).toEqual([]);
    } finally {
      host.redirectTo = undefined;
      await other.stop();
    }
  });

  it('leaves nothing of a credential behind', () => {
    expect(readdirSync(join(fixture.dataDir, 'access'))).toEqual([]);
  });
});

describe('a repository behind ssh', () => {
  let host: SshHost;
  beforeAll(async () => (host = await SshHost.start()));
  afterAll(() => host.stop());

  const key = (privateKey: string, knownHosts: string): OpenedCredential => ({
    kind: 'ssh',
    privateKey,
    knownHosts,
  });
  const remote = () => host.remote(fixture.repository);

  it('is fetched with the key of the workspace', async () => {
    const { path } = await create(key(host.privateKey(), host.knownHosts), remote());
    expect(readFileSync(join(path!, 'README.md'), 'utf8')).toBe('# Demo\n');
  });

  it('refuses another key', async () => {
    await expect(create(key(host.privateKey('stranger'), host.knownHosts), remote())).rejects.toMatchObject({
      code: 'credentials_refused',
    });
  });

  it('is not spoken to when its host key is not the known one', async () => {
    await expect(create(key(host.privateKey(), host.foreignKnownHosts), remote())).rejects.toMatchObject({
      code: 'credentials_refused',
    });
  });

  it('says which command gives a key, where there is none', async () => {
    await expect(create(undefined, remote())).rejects.toMatchObject({
      code: 'remote_unauthorized',
      message: expect.stringContaining(`slipway credentials set ${host.name} --workspace acme`),
    });
  });

  it('leaves no key behind', () => expect(readdirSync(join(fixture.dataDir, 'access'))).toEqual([]));
});
