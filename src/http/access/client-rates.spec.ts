import { describe, expect, it } from '@jest/globals';
import { AccessDeniedError } from '../../access/access.js';
import type { Caller } from '../../access/permissions.js';
import { ClientRates, networkOf } from './client-rates.js';

const clients = { requestsPerS: 3, wrongPerMinute: 2 };
const wrong = new AccessDeniedError('not_authenticated', 'The token is none.');
const holder = (tokenId: string): Caller => ({
  actor: `token:${tokenId}`,
  role: 'member',
  workspaceId: 'acme',
  tokenId,
});

describe('how often a client may ask', () => {
  it('is counted by token, wherever it is used, and one takes nothing from another', async () => {
    const rates = new ClientRates({ auth: 'tokens', clients });
    const answers = [];
    for (let count = 0; count < 4; count++) answers.push(await rates.refusal(holder('a'), `10.0.0.${count}`));
    expect(answers.slice(0, 3)).toEqual([null, null, null]);
    expect(answers[3]).toMatchObject({ code: 'too_many_requests', retryAfter: 1 });
    expect(await rates.refusal(holder('b'), '10.0.0.1')).toBeNull();
  });

  it('ends for wrong tokens by address, and never for one that holds', async () => {
    const rates = new ClientRates({ auth: 'tokens', clients });
    for (let count = 0; count < 2; count++) expect(await rates.refusal(wrong, '10.0.0.1')).toBeNull();
    const refused = await rates.refusal(wrong, '10.0.0.1');
    expect(refused).toMatchObject({ code: 'too_many_wrong_tokens' });
    expect(refused!.retryAfter).toBeGreaterThan(1);
    expect(await rates.refusal(holder('a'), '10.0.0.1')).toBeNull();
    expect(await rates.refusal(wrong, '10.0.0.2')).toBeNull();
    // What a foreign page asked with somebody's cookie is no guess at a token.
    const foreign = new AccessDeniedError('cross_site_request', 'A page of another site asked.');
    expect(await rates.refusal(foreign, '10.0.0.1')).toBeNull();
  });

  it('is not counted where nobody is asked who they are, or where the settings say so', async () => {
    const anybody: Caller = { actor: 'api', role: 'admin', workspaceId: '*' };
    for (const rates of [
      new ClientRates({ auth: 'none', clients }),
      new ClientRates({ auth: 'tokens', clients: { requestsPerS: 0, wrongPerMinute: 0 } }),
    ])
      for (let count = 0; count < 10; count++) {
        expect(await rates.refusal(anybody, '127.0.0.1')).toBeNull();
        expect(await rates.refusal(wrong, '127.0.0.1')).toBeNull();
      }
  });

  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::1', '2001:db8:1:2'],
    ['2001:0db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    [undefined, ''],
  ])('knows whose address %s is', (address, network) => expect(networkOf(address)).toBe(network));
});
