import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidRemoteError, parseRepoRemote } from './repo-remote.js';

const options = { localRoots: ['/srv/repos', '/home/me/one.git'] };
const parse = (spelling: string) => parseRepoRemote(spelling, options);
const refusal = (spelling: string): string => {
  try {
    parse(spelling);
  } catch (error) {
    if (error instanceof InvalidRemoteError) return error.message;
    throw error;
  }
  return 'ACCEPTED';
};

describe('parseRepoRemote', () => {
  it.each([
    ['https://github.com/a/b', 'https', 'https://github.com/a/b'],
    ['HTTPS://GitHub.com:443/a/b.git/', 'https', 'https://github.com/a/b'],
    ['https://github.com//a//b', 'https', 'https://github.com/a/b'],
    ['https://bücher.example:8443/a.git', 'https', 'https://xn--bcher-kva.example:8443/a'],
    ['https://1.1.1.1/a', 'https', 'https://1.1.1.1/a'],
    ['ssh://github.com/a/b', 'ssh', 'ssh://github.com/a/b'],
    ['ssh://git@GITHUB.com:22/a/b.git', 'ssh', 'ssh://git@github.com/a/b'],
    ['ssh://git@github.com:2222/a/b', 'ssh', 'ssh://git@github.com:2222/a/b'],
    ['git@github.com:a/b.git', 'ssh', 'ssh://git@github.com/a/b'],
    ['git@github.com:/a/b', 'ssh', 'ssh://git@github.com/a/b'],
    ['me@host.example:work/b.git', 'ssh', 'ssh://me@host.example/~/work/b'],
    ['me@[2606:4700::1111]:b', 'ssh', 'ssh://me@[2606:4700::1111]/~/b'],
    ['/srv/repos/a', 'local', 'file:///srv/repos/a'],
    ['/srv//repos/./x/../a/', 'local', 'file:///srv/repos/a'],
    ['file:///srv/repos/a%2Fb', 'local', 'file:///srv/repos/a/b'],
    ['/home/me/one.git', 'local', 'file:///home/me/one.git'],
  ])('accepts %s', (spelling, transport, identity) => {
    expect(parse(spelling)).toMatchObject({ transport, identity });
  });

  it('gives git the canonical host, and keeps what a server may tell apart', () => {
    expect(parse('https://GitHub.com/A/b.git').url).toBe('https://github.com/A/b.git');
    expect(parse('git@GitHub.com:A/b.git').url).toBe('git@github.com:A/b.git');
    expect(parse('file:///srv/repos/a').url).toBe('/srv/repos/a');
    expect(parse('ssh://git@h.example:2222/x')).toMatchObject({ host: 'h.example', port: 2222 });
  });

  it.each([
    ['', /empty/],
    [`https://h.example/${'a'.repeat(2048)}`, /2048/],
    ['https://h.example/a b', /white space/],
    ['https://h.example/a\nb', /control/],
    ['https://h.example/\u202eb', /control/],
    ['https://h.example/%0ab', /control/],
    ['https://h.example/%zz', /%25/],
    ['--upload-pack=touch', /begin with "-"/],
    ['ext::sh -c id', /white space/],
    ['ext::sh', /helpers/],
    ['fd::17/x', /helpers/],
    ['::/x', /helpers/],
    ['/srv/repos/ext::sh', /helpers/],
    ['file:///srv/repos/a%5Cb', /backslash/],
    ['http://h.example/a', /"http" is not allowed/],
    ['git://h.example/a', /"git" is not allowed/],
    ['ftp://h.example/a', /"ftp" is not allowed/],
    ['https://user:pw@h.example/a', /credentials/],
    ['https://token@h.example/a', /credentials/],
    ['https://@h.example/a', /credentials/],
    ['ssh://git:pw@h.example/a', /credentials/],
    ['git:pw@h.example:a', /credentials/],
    ['https://h.example/a?x=1', /query/],
    ['https://h.example/a#x', /query/],
    ['ssh://git@h.example/a?x', /query/],
    ['https://h.example/', /no repository/],
    ['https://h.example/.git', /no repository/],
    ['https:///a', /no valid host/],
    ['ssh://-oProxyCommand=id/a', /no valid host/],
    ['ssh://git@-oProxyCommand=id/a', /no valid host/],
    ['-oProxyCommand=id@h.example:a', /begin with "-"/],
    ['git@h.example:-x', /begin with "-"/],
    ['ssh://a%20b@h.example/x', /user name/],
    ['https://h.example:99999/a', /Port/],
    ['https://h.example:0/a', /Port/],
    ['https://h.example/../a', /"\.\."/],
    ['https://h.example/%2e%2e/a', /"\.\."/],
    ['https:\\\\h.example\\a', /backslash/],
    ['C:/repos/a', /no repository remote/],
    ['repos/a', /no repository remote/],
    ['host:path', /no repository remote/],
    ['/etc', /outside/],
    ['/srv/repos/../../etc', /outside/],
    ['/srv/reposX/a', /outside/],
    ['file:///srv/repos/%2e%2e/%2e%2e/etc', /outside/],
    ['file://host/srv/repos/a', /file:\/\/\/path/],
    ['file://srv/repos/a', /file:\/\/\/path/],
  ])('refuses %s', (spelling, reason) => {
    expect(refusal(spelling)).toMatch(reason);
  });

  it.each([
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '0177.0.0.1',
    '2130706433',
    '127.0.0.1.',
    '%6cocalhost',
    '１27.0.0.1',
    '0.0.0.0',
    '10.0.0.8',
    '172.16.3.4',
    '192.168.1.1',
    '169.254.1.1',
    '100.64.0.1',
    '[::1]',
    '[::]',
    '[fe80::1]',
    '[fd00::1]',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ])('refuses the local or private host %s unless allowed', (host) => {
    for (const spelling of [`https://${host}/a`, `ssh://git@${host}/a`]) {
      expect(refusal(spelling)).toMatch(/local or private/);
      const allowed = parseRepoRemote(spelling, { ...options, allowPrivateHosts: true });
      expect(allowed.url).not.toMatch(/0x|%|１/);
    }
  });

  it('shows no credentials in a refusal', () => {
    for (const spelling of [
      'https://me:s3cret@h.example/a',
      'https//me:s3cret@h.example',
      'x!s3cret@h.example:a',
    ]) {
      expect(refusal(spelling)).not.toMatch(/s3cret|ACCEPTED/);
    }
  });

  it('names no repository of this disk without a root', () => {
    expect(() => parseRepoRemote('/srv/repos/a', { localRoots: [] })).toThrow(/not allowed here/);
  });

  it('throws nothing else, whatever it is given; what it accepts, it accepts again unchanged', () => {
    const piece = fc.constantFrom(
      ...['https://', 'ssh://', 'file://', 'git@', 'ext::', 'h.example', '127.0.0.1', '[::1]', ':', ':22'],
      ...['/', '//', '..', '.', '-', '%2e', '%', '@', 'a', '.git', '/srv/repos', '\\', '?', '#', '\0', '~'],
    );
    const spelling = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 9 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(spelling, (text) => {
        if (refusal(text) !== 'ACCEPTED') return;
        const remote = parse(text);
        expect(remote.url).not.toMatch(/^-|::[^\]]*$/);
        if (remote.transport !== 'local') expect(remote.url).not.toMatch(/\s/);
        expect(parse(remote.url).identity).toBe(remote.identity);
      }),
      { numRuns: 5000 },
    );
  });
});
