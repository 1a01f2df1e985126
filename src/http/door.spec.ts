import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { Door } from './door.js';
import { TrustedProxies } from './whence.js';

const door = new Door({
  auth: 'none',
  host: '0.0.0.0',
  hosts: ['slipway.example'],
  corsOrigins: [],
  trustProxy: ['10.0.0.5', '172.16.0.0/12'],
});
const from = (
  remoteAddress: string,
  url = '/v1/tasks',
  headers: Record<string, string> = { host: 'slipway.example' },
) =>
  door.refusal({ socket: { remoteAddress }, url, headers } as unknown as IncomingMessage, true)?.code ?? null;

describe('behind a proxy that authenticates', () => {
  it.each(['10.0.0.5', '::ffff:10.0.0.5', '172.31.255.255', '127.0.0.1', '::1'])('%s is let in', (peer) =>
    expect(from(peer)).toBeNull(),
  );

  it.each(['10.0.0.6', '172.32.0.1', '2001:db8::1', ''])('%s is not', (peer) => {
    expect(from(peer)).toBe('not_from_proxy');
    expect(from(peer, '/metrics')).toBe('not_from_proxy');
    expect(from(peer, '/health/live', { host: '10.0.0.9:3000' })).toBeNull();
  });

  it('a proxy that changes the Host is known by its own origin', () => {
    const headers = {
      host: 'localhost:3000',
      origin: 'https://slipway.example',
      'sec-fetch-site': 'same-origin',
    };
    expect(from('10.0.0.5', '/v1/tasks', headers)).toBeNull();
    expect(from('10.0.0.5', '/v1/tasks', { ...headers, origin: 'https://other.example' })).toBe(
      'cross_site_request',
    );
  });

  it('what a proxy was asked for has to be ours too', () => {
    const forwarded = (host: string, origin: string) => {
      const request = {
        socket: { remoteAddress: '10.0.0.5' },
        url: '/v1/tasks',
        headers: { host: 'localhost:3000', 'x-forwarded-host': host, origin },
      } as unknown as IncomingMessage;
      new TrustedProxies(['10.0.0.5']).note(request);
      return door.refusal(request, true)?.code ?? null;
    };
    expect(forwarded('slipway.example:8443', 'https://slipway.example:8443')).toBeNull();
    expect(forwarded('slipway.example:8443', 'https://slipway.example:8444')).toBe('cross_site_request');
    expect(forwarded('rebound.example', 'https://rebound.example')).toBe('misdirected_request');
  });
});
