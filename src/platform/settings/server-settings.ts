import { listOf, oneOf, text, wholeNumber } from './setting-kinds.js';
import { setting } from './setting.js';
import { ofFormat } from './text-formats.js';

const lowerCase = (names: readonly string[]) => names.map((name) => name.toLowerCase());

/** Where the service listens, and whom it lets in. */
export const SERVER_SETTINGS = {
  port: setting('PORT', wholeNumber(0, 65_535), 3000, '`0`: any free port'),
  host: setting(
    'HOST',
    text('the address to listen on', 255),
    '127.0.0.1',
    'the address to listen on; for one that is not loopback see `SLIPWAY_TRUST_PROXY`',
  ),
  hosts: setting(
    'SLIPWAY_HOSTS',
    listOf(
      text('a host name', 255, { pattern: '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(:\\d{1,5})?$' }),
      'the host names by which the service is reached, e.g. slipway.example',
    ),
    [],
    'names, besides those of loopback, by which the service is reached (port forwarding, a proxy); other hosts get 421',
    { shown: 'unset' },
  ).as(lowerCase),
  corsOrigins: setting(
    'SLIPWAY_CORS_ORIGINS',
    listOf(
      text('an origin', 255, { pattern: '^https?:\\/\\/[^\\s\\/?#@,]+$' }),
      'origins, e.g. https://tools.example',
    ),
    [],
    "origins of other sites' pages that may use the API",
    { shown: 'unset: none' },
  ).as(lowerCase),
  auth: setting(
    'SLIPWAY_AUTH',
    oneOf('none'),
    'none',
    'nobody is asked who they are: for loopback, or behind `SLIPWAY_TRUST_PROXY`',
  ),
  trustProxy: setting(
    'SLIPWAY_TRUST_PROXY',
    listOf(
      text('an address or CIDR range', 64, ofFormat('address-range')),
      'addresses or CIDR ranges of proxies that authenticate, e.g. 10.0.0.5,172.16.0.0/12',
    ),
    [],
    'addresses and CIDR ranges of the proxy that authenticates; with a `HOST` that is not loopback this and `SLIPWAY_HOSTS` are needed, and only that proxy is let in',
    { shown: 'unset' },
  ),
};
