import { describe, expect, it } from '@jest/globals';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { TrustedProxies, whenceOf } from './whence.js';

const proxies = new TrustedProxies(['10.0.0.5', '172.16.0.0/12', 'fd00::/8']);
const request = (remoteAddress: string, headers: IncomingHttpHeaders, encrypted = false) =>
  ({
    socket: { remoteAddress, encrypted },
    headers: { host: 'a.example', ...headers },
  }) as unknown as IncomingMessage;
const addressOf = (peer: string, forwardedFor?: string | string[]) =>
  proxies.note(request(peer, { 'x-forwarded-for': forwardedFor as string })).address;

describe('where a request comes from', () => {
  it.each([
    ['nothing is said', undefined, '10.0.0.5'],
    ['one address', '192.0.2.7', '192.0.2.7'],
    ['what the caller wrote before it', '127.0.0.1, 10.0.0.5, 192.0.2.7', '192.0.2.7'],
    ['further proxies that are believed', '198.51.100.1, 192.0.2.7, 172.20.0.3', '192.0.2.7'],
    ['proxies only', '172.20.0.3', '172.20.0.3'],
    ['ports and brackets', '[2001:DB8::7]:4711', '2001:db8::7'],
    ['a port', '192.0.2.7:4711', '192.0.2.7'],
    ['IPv4 within IPv6', '::ffff:192.0.2.7', '192.0.2.7'],
    ['what is no address', '192.0.2.7, unknown', '10.0.0.5'],
    ['a line break in it', '192.0.2.7\n, 172.20.0.3', '192.0.2.7'],
    ['nothing', '', '10.0.0.5'],
    ['more hops than anybody has', `192.0.2.7,${Array(5_000).fill('172.20.0.3').join()}`, '172.20.0.3'],
  ])('from a proxy that is believed: %s', (_, forwardedFor, address) =>
    expect(addressOf('::ffff:10.0.0.5', forwardedFor)).toBe(address),
  );

  it('from nobody else: it is the one at the other end of the connection', () => {
    for (const peer of ['10.0.0.6', '127.0.0.1', '2001:db8::1'])
      expect(addressOf(peer, '192.0.2.7')).toBe(peer);
    expect(addressOf('', '192.0.2.7')).toBeUndefined();
    const untrusted = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' };
    expect(proxies.note(request('10.0.0.6', untrusted))).toMatchObject({
      protocol: 'http',
      host: 'a.example',
    });
    expect(whenceOf(request('10.0.0.5', untrusted))).toMatchObject({ protocol: 'http', host: 'a.example' });
  });

  it('has scheme and host of the nearest proxy, or of the connection', () => {
    const told = { 'x-forwarded-proto': 'http, https', 'x-forwarded-host': 'evil.example, b.example:8443' };
    expect(proxies.note(request('fd00::1', told))).toMatchObject({
      protocol: 'https',
      host: 'b.example:8443',
    });
    for (const said of ['ftp', '', 'javascript:'])
      expect(proxies.note(request('fd00::1', { 'x-forwarded-proto': said }, true)).protocol).toBe('https');
    expect(proxies.note(request('fd00::1', {})).protocol).toBe('http');
  });
});
