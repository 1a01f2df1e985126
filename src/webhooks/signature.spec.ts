import { expect, it } from '@jest/globals';
import { newWebhookSecret, signedHeaders } from './signature.js';

it('signs as the Standard Webhooks do, by the example that their libraries are tested with', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const signed = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1614265330,
    body: '{"test": 2432232314}',
  };
  expect(signedHeaders(secret, signed)).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('signs id, time and body together: with any of them another signature follows', () => {
  const secret = newWebhookSecret();
  const signed = { id: 'a', timestamp: 1, body: '{}' };
  const signatureOf = (change: object, by = secret) =>
    signedHeaders(by, { ...signed, ...change })['webhook-signature'];
  const all = [
    signatureOf({}),
    signatureOf({ id: 'b' }),
    signatureOf({ timestamp: 2 }),
    signatureOf({ body: '[]' }),
    signatureOf({}, newWebhookSecret()),
  ];
  expect(new Set(all).size).toBe(all.length);
});

it('makes secrets of 32 bytes, none twice', () => {
  const secrets = [newWebhookSecret(), newWebhookSecret()];
  expect(secrets[0]).not.toBe(secrets[1]);
  for (const secret of secrets) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
});
