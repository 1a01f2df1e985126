import { describe, expect, it } from '@jest/globals';
import { isPublicAddress, mayReach, mayUseHost } from './public-host.js';

describe('public addresses', () => {
  it.each(['93.184.215.14', '2606:4700::1111', '::ffff:93.184.215.14'.slice(7)])('%s is one', (address) =>
    expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ...['127.0.0.1', '10.1.2.3', '169.254.1.1', '100.64.0.1', '0.0.0.0', '255.255.255.255', '224.0.0.1'],
    ...['::', '::1', 'fe80::1', 'fd00::1', 'fec0::1', '2001:db8::1', 'ff02::1'],
    // Spellings of IPv4 addresses, whichever.
    ...['::127.0.0.1', '::7f00:1', '::8.8.8.8', '::ffff:8.8.8.8', '::ffff:0:8.8.8.8', '64:ff9b::8.8.8.8'],
    ...['64:ff9b:1::8.8.8.8', '2002:808:808::', '2001:0:1::1'],
    ...['168.63.129.16', 'not an address', ''],
  ])('%s is none', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('private hosts', () => {
  it.each([
    ['127.0.0.1', 'a.example', true, true],
    ['127.0.0.1', 'a.example', false, false],
    ['10.1.2.3', 'a.example', ['10.1.0.0/16'], true],
    ['10.2.2.3', 'a.example', ['10.1.0.0/16'], false],
    ['10.2.2.3', 'a.example', ['10.2.2.3'], true],
    ['10.2.2.3', 'a.example', ['A.example'], true],
    ['10.2.2.3', 'b.a.example', ['a.example'], false],
    ['::ffff:10.1.2.3', 'a.example', ['10.1.0.0/16'], true],
    ['fd12::1', 'a.example', ['fd00::/8'], true],
    ['fd12::1', 'a.example', ['10.0.0.0/8'], false],
    ['93.184.215.14', 'a.example', ['10.0.0.0/8'], true],
  ] as const)('%s of %s with %j: %s', (address, host, allowed, may) =>
    expect(mayReach(address, host, allowed)).toBe(may),
  );

  it.each([
    ...['169.254.169.254', '::ffff:169.254.169.254', '64:ff9b::169.254.169.254', '2002:a9fe:a9fe::'],
    ...['fd00:ec2::254', 'fd00:0ec2:0::254', '100.100.100.200', '::a9fe:a9fe'],
  ])('are never %s, where clouds keep secrets', (address) => {
    expect(mayReach(address, 'a.example', true)).toBe(false);
    expect(mayReach(address, 'a.example', ['0.0.0.0/0', '::/0', 'a.example'])).toBe(false);
    expect(mayUseHost(address.includes(':') ? `[${address}]` : address, true)).toBe(false);
  });

  it('that mean this machine are told by their name', () => {
    expect(mayUseHost('localhost', false)).toBe(false);
    expect(mayUseHost('a.localhost.', false)).toBe(false);
    expect(mayUseHost('localhost', ['localhost'])).toBe(true);
    expect(mayUseHost('localhost', ['127.0.0.0/8'])).toBe(true);
    expect(mayUseHost('[::7f00:1]', false)).toBe(false);
    expect(mayUseHost('git.corp.example', false)).toBe(true);
  });
});
