import { resolve } from 'node:path';
import { listOf, oneOf, text, wholeNumber } from './setting-kinds.js';
import { optional, setting } from './setting.js';
import { LOGIN_SETTINGS, OIDC_SETTINGS } from './oidc-settings.js';
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
  tls: {
    cert: optional(
      'SLIPWAY_TLS_CERT',
      text('a file', 4_096),
      'the file of a certificate in PEM, with those that it rests on behind it: the service speaks HTTPS then. A new one is in use some seconds after it was put there, at once on SIGHUP',
      'unset: HTTP',
    ).as((file) => (file === undefined ? undefined : resolve(file))),
    key: optional(
      'SLIPWAY_TLS_KEY',
      text('a file', 4_096),
      "the file of the certificate's key in PEM, without a password",
      'unset',
    ).as((file) => (file === undefined ? undefined : resolve(file))),
  },
  auth: setting(
    'SLIPWAY_AUTH',
    oneOf('none', 'tokens', 'oidc'),
    'none',
    '`none`: nobody is asked who they are, for loopback or behind `SLIPWAY_TRUST_PROXY`; `tokens`: every request shows an access token (`slipway tokens bootstrap` makes the first one); `oidc`: people log in at a provider of OpenID Connect, programs show tokens',
  ),
  trustProxy: setting(
    'SLIPWAY_TRUST_PROXY',
    listOf(
      text('an address or CIDR range', 64, ofFormat('address-range')),
      'addresses or CIDR ranges of proxies, e.g. 10.0.0.5,172.16.0.0/12',
    ),
    [],
    "addresses and CIDR ranges of the proxy in front: what its `X-Forwarded-For`, `-Proto` and `-Host` say is believed, and nobody else's. With a `HOST` that is not loopback only that proxy is let in; with `SLIPWAY_AUTH=none` it has to authenticate, and this and `SLIPWAY_HOSTS` are needed",
    { shown: 'unset' },
  ),
  oidc: OIDC_SETTINGS,
  login: LOGIN_SETTINGS,
};
