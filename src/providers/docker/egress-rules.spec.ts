import { describe, expect, it } from '@jest/globals';
import { EgressRules } from './egress-rules.js';

const OWN = ['127.0.0.1', '203.0.113.7'];
const rules = (policy: 'allow-list' | 'open', ...hosts: string[]) =>
  new EgressRules({ policy, hosts }, () => OWN);

describe('what sandboxes reach', () => {
  it.each([
    ['api.example.com', 'api.example.com', 443, true],
    ['api.example.com', 'API.Example.com.', 80, true],
    ['api.example.com', 'api.example.com', 5432, false],
    ['api.example.com', 'evil-api.example.com', 443, false],
    ['api.example.com', 'api.example.com.evil.test', 443, false],
    ['*.example.com', 'a.b.example.com', 443, true],
    ['*.example.com', 'example.com', 443, false],
    ['*.example.com', 'evilexample.com', 443, false],
    ['api.example.com:8443', 'api.example.com', 8443, true],
    ['api.example.com:8443', 'api.example.com', 443, false],
    ['10.0.0.5:8080', '10.0.0.5', 8080, true],
    ['[2001:db8::1]:8080', '2001:db8::1', 8080, true],
  ])('with %s listed, %s:%i is let through: %s', (entry, host, port, isLet) => {
    expect(rules('allow-list', entry).refusalOf(host, port) === null).toBe(isLet);
  });

  it('is every host where it is open, and none where nothing is listed', () => {
    expect(rules('open').refusalOf('any.example.org', 22)).toBeNull();
    expect(rules('allow-list').refusalOf('any.example.org', 443)).toContain('SLIPWAY_DOCKER_EGRESS_HOSTS');
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '192.168.1.1',
    '172.17.0.1',
    '169.254.169.254',
    '::1',
    'fd00::1',
    '::ffff:10.0.0.1',
  ])('is never %s, whatever the name that leads there', (address) => {
    expect(rules('open').mayConnect(address, 443)).toBe(false);
    expect(rules('allow-list', 'api.example.com').mayConnect(address, 443)).toBe(false);
  });

  it("is not this machine at its public address either, which is the service's own", () => {
    expect(rules('open').mayConnect('203.0.113.7', 443)).toBe(false);
    expect(rules('open').mayConnect('8.8.8.8', 443)).toBe(true);
  });

  it('is a private address that is listed as such, on its port, and never one of instance metadata', () => {
    const listed = rules('allow-list', '10.0.0.5:8080', '127.0.0.1:4010', '169.254.169.254');
    expect(listed.mayConnect('10.0.0.5', 8080)).toBe(true);
    expect(listed.mayConnect('10.0.0.5', 5432)).toBe(false);
    expect(listed.mayConnect('127.0.0.1', 4010)).toBe(true);
    expect(listed.mayConnect('169.254.169.254', 80)).toBe(false);
  });
});
