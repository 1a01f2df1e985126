import { describe, expect, it } from '@jest/globals';
import { parseRepoRemote } from './repo-remote.js';
import { routeTo } from './remote-route.js';

const route = (spelling: string, addresses: string[], allowPrivateHosts = false) => {
  const options = { localRoots: [], allowPrivateHosts, resolve: async () => addresses };
  return routeTo(parseRepoRemote(spelling, options), options);
};

describe('routeTo', () => {
  it('pins https to the address that was checked', async () => {
    const { protocol, config } = await route('https://h.example/a', ['1.1.1.1', '1.0.0.1']);
    expect(protocol).toBe('https');
    expect(config).toContain('http.curloptResolve=h.example:443:1.1.1.1');
    const six = await route('https://h.example:8443/a', ['2606:4700::1111']);
    expect(six.config).toContain('http.curloptResolve=h.example:8443:[2606:4700::1111]');
  });

  it('pins ssh, without the configuration of whoever runs us', async () => {
    const { protocol, env } = await route('ssh://git@h.example:2222/a', ['1.1.1.1']);
    expect(protocol).toBe('ssh');
    expect(env['GIT_SSH_COMMAND']).toMatch(/^ssh -F none .*'BatchMode=yes'/);
    expect(env['GIT_SSH_COMMAND']).toContain("'HostName=1.1.1.1'");
    expect(env['GIT_SSH_COMMAND']).toContain("'HostKeyAlias=[h.example]:2222'");
    expect((await route('git@h.example:a', ['1.1.1.1'])).env['GIT_SSH_COMMAND']).toContain(
      "'HostKeyAlias=h.example'",
    );
  });

  it.each([[['10.0.0.1']], [['1.1.1.1', '127.0.0.1']], [['::ffff:10.0.0.1']], [[]], [['no address']]])(
    'refuses a host at %j for good',
    async (addresses) => {
      await expect(route('https://h.example/a', addresses)).rejects.toMatchObject({
        code: 'remote_refused',
        retryable: false,
      });
    },
  );

  it('lets private addresses pass when allowed', async () => {
    await expect(route('https://h.example/a', ['10.0.0.1'], true)).resolves.toBeDefined();
  });

  it('tries again later when the host does not resolve', async () => {
    const resolve = () => Promise.reject(new Error('EAI_AGAIN'));
    const remote = parseRepoRemote('https://h.example/a', { localRoots: [] });
    await expect(routeTo(remote, { localRoots: [], resolve })).rejects.toMatchObject({
      code: 'name_service_failed',
      retryable: true,
    });
  });
});
