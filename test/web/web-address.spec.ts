import { describe, expect, it } from '@jest/globals';
import { webAddress } from '../../web/src/task/web-address.js';

describe('where people look at a repository', () => {
  it.each([
    ['https://github.com/acme/shop.git', 'https://github.com/acme/shop'],
    ['https://github.com/acme/shop/', 'https://github.com/acme/shop'],
    ['https://name:secret@git.example.com:8443/acme/shop.git', 'https://git.example.com:8443/acme/shop'],
    ['git@github.com:acme/shop.git', 'https://github.com/acme/shop'],
    ['ssh://git@gitlab.example.com:2222/group/sub/shop.git', 'https://gitlab.example.com/group/sub/shop'],
    ['/srv/repositories/shop', null],
    ['http://127.0.0.1:8080/shop.git', null],
    ['file:///srv/shop', null],
    ['javascript:alert(1)', null],
    ['https://', null],
  ])('%s is looked at at %s', (remote, address) => expect(webAddress(remote)).toBe(address));

  it.each([
    ['git@github.com:acme/shop.git', 'fix/a b#1', 'https://github.com/acme/shop/tree/fix/a%20b%231'],
    ['https://gitlab.com/acme/shop.git', 'main', 'https://gitlab.com/acme/shop/-/tree/main'],
    ['https://git.example.com/acme/shop.git', 'main', null],
    ['https://github.com/acme/shop.git', null, null],
  ])('%s shows its branch %s at %s', (remote, branch, address) =>
    expect(webAddress(remote, branch)).toBe(address),
  );
});
