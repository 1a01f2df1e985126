import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { Door } from './door.js';

const door = new Door({
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
});
