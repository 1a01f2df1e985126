import { isIP } from 'node:net';
import { isPublicAddress, mayUseHost, type PrivateHosts } from '../repository/public-host.js';

/**
 * What is wrong with the address of a receiver as it is spelt, in words that follow the field's name; null when nothing is. What
 * its host resolves to is checked at each delivery.
 */
export function urlProblem(text: string, allowed: PrivateHosts): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['https:', 'http:'].includes(url.protocol))
    return 'must be an address such as https://example.com/hooks';
  if (url.username !== '' || url.password !== '')
    return 'must hold no user name or password: the signature says who sends';
  if (url.hash !== '') return 'must hold no fragment (#…): it would not be sent';
  if (!mayUseHost(url.hostname, allowed))
    return `names a private host, ${url.hostname}, which whoever runs the service has not allowed (SLIPWAY_ALLOW_PRIVATE_HOSTS)`;
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol === 'http:' && (allowed === false || (isIP(bare) !== 0 && isPublicAddress(bare))))
    return 'must begin with https: only private hosts that are allowed are spoken to in the clear';
  return null;
}
