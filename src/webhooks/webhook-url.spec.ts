import { expect, it } from '@jest/globals';
import { urlProblem } from './webhook-url.js';

it.each([
  ['https://example.com/hooks?from=slipway', false],
  ['https://example.com:8443/', false],
  ['https://8.8.8.8/', false],
  ['https://[2606:4700::1111]/', false],
  ['https://127.0.0.1/', ['127.0.0.1']],
  ['http://127.0.0.1:8080/hooks', ['127.0.0.0/8']],
  ['http://localhost:8080/hooks', true],
  ['http://hooks.internal.example/', ['hooks.internal.example']],
] as const)('takes %s where %p is allowed', (url, allowed) => expect(urlProblem(url, allowed)).toBeNull());

it.each([
  ['example.com/hooks', true, 'must be an address'],
  ['ftp://example.com/', true, 'must be an address'],
  ['file:///etc/passwd', true, 'must be an address'],
  ['https://user:word@example.com/', true, 'no user name'],
  ['https://example.com/#part', true, 'no fragment'],
  ['http://example.com/', false, 'https'],
  ['http://8.8.8.8/', true, 'https'],
  ['https://127.0.0.1/', false, 'private host'],
  ['https://localhost/', false, 'private host'],
  ['https://10.1.2.3/', ['127.0.0.1'], 'private host'],
  ['https://[::1]/', false, 'private host'],
  ['https://0x7f.1/', false, 'private host'],
  // Where clouds tell machines their secrets, whatever is allowed.
  ['http://169.254.169.254/latest/meta-data', true, 'private host'],
  ['https://[::ffff:169.254.169.254]/', true, 'private host'],
] as const)('refuses %s where %p is allowed', (url, allowed, word) =>
  expect(urlProblem(url, allowed)).toContain(word),
);
