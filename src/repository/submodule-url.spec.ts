import { describe, expect, it } from '@jest/globals';
import { InvalidRemoteError, parseRepoRemote } from './repo-remote.js';
import { submoduleRemote } from './submodule-url.js';

const options = { localRoots: ['/srv/git'] };
const of = (parent: string, address: string) =>
  submoduleRemote(address, parseRepoRemote(parent, options), options).url;
const HTTPS = 'https://git.example.com/acme/shop.git';

describe("a submodule's address", () => {
  it.each([
    [HTTPS, '../lib.git', 'https://git.example.com/acme/lib.git'],
    [HTTPS, '../../other/lib', 'https://git.example.com/other/lib'],
    [HTTPS, './lib', 'https://git.example.com/acme/shop.git/lib'],
    [`${HTTPS}/`, '../lib', 'https://git.example.com/acme/lib'],
    ['https://git.example.com:8443/a/b', '../c', 'https://git.example.com:8443/a/c'],
    ['ssh://git@git.example.com:2222/acme/shop', '../lib', 'ssh://git@git.example.com:2222/acme/lib'],
    ['git@git.example.com:acme/shop.git', '../lib.git', 'git@git.example.com:acme/lib.git'],
    ['git@git.example.com:shop.git', '../lib.git', 'git@git.example.com:lib.git'],
    ['/srv/git/acme/shop', '../lib', '/srv/git/acme/lib'],
    [HTTPS, 'https://other.example.com/lib', 'https://other.example.com/lib'],
    [HTTPS, 'git@other.example.com:lib.git', 'git@other.example.com:lib.git'],
    ['/srv/git/shop', '/srv/git/lib', '/srv/git/lib'],
  ])('of %s, %s, is %s', (parent, address, url) => expect(of(parent, address)).toBe(url));

  it.each([
    [HTTPS, '../../../lib', 'leads out of the host'],
    [HTTPS, '../a/../../../b', 'contains "." or ".."'],
    [HTTPS, '../..', 'names no repository'],
    ['/srv/git/shop', '../../etc', 'outside of the folders'],
    ['/srv/git/shop', '../lib/../../../etc/x', 'outside of the folders'],
    [HTTPS, '/srv/git/lib', "on this machine's disk"],
    [HTTPS, 'file:///srv/git/lib', "on this machine's disk"],
    [HTTPS, 'file:///etc', 'outside of the folders'],
    [HTTPS, 'ext::sh -c id', 'white space'],
    [HTTPS, 'ext::sh%20-c%20id', 'Remote helpers'],
    [HTTPS, '--upload-pack=touch$IFS/tmp/x', 'must not begin with "-"'],
    [HTTPS, '-u./payload', 'must not begin with "-"'],
    [HTTPS, 'ssh://-oProxyCommand=id/x', 'valid host'],
    [HTTPS, 'git@-oProxyCommand=id:x', 'host|no repository remote'],
    [HTTPS, 'http://git.example.com/x', 'scheme "http" is not allowed'],
    [HTTPS, 'git://git.example.com/x', 'scheme "git" is not allowed'],
    [HTTPS, 'https://127.0.0.1/x', 'local or private address'],
    [HTTPS, 'https://169.254.169.254/x', 'local or private address'],
    [HTTPS, 'https://user:secret@git.example.com/x', 'credentials|user or password'],
    [HTTPS, '', 'empty'],
    [HTTPS, 'lib', 'no repository remote'],
    [HTTPS, '../lib\n[core]', 'white space'],
  ])('of %s is not %j', (parent, address, said) => {
    expect(() => of(parent, address)).toThrow(InvalidRemoteError);
    expect(() => of(parent, address)).toThrow(new RegExp(said));
  });
});
