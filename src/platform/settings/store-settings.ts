import { resolve } from 'node:path';
import { secretText, text } from './setting-kinds.js';
import { optional, setting } from './setting.js';
import { ofFormat } from './text-formats.js';

/** Where everything is kept. */
export const STORE_SETTINGS = {
  dataDir: setting(
    'SLIPWAY_DATA_DIR',
    text('a directory', 4_096),
    './.slipway',
    'one service per directory',
  ).as((directory) => resolve(directory)),
  /** What credentials are encrypted with; undefined: the key in the data directory. */
  secretKey: optional(
    'SLIPWAY_SECRET_KEY',
    secretText('64 hexadecimal digits or the base64 of 32 bytes, as of: openssl rand -hex 32', {
      pattern: '^([0-9A-Fa-f]{64}|[A-Za-z0-9+\\/_-]{43}=?)$',
    }),
    'the key that credentials are encrypted with: `openssl rand -hex 32`. Replicas need the same one; whoever loses it sets the credentials again',
    'unset: a file `secret.key` in the data directory',
  ),
  /** Undefined: `keys` in the data directory with the embedded node; with another event store texts are not sealed. */
  keysDir: optional(
    'SLIPWAY_KEYS_DIR',
    text('a directory', 4_096),
    'a folder for the keys that texts of tasks are sealed with, so that they can be erased. Replicas need the same one; whoever loses it loses what tasks say',
    'unset: `keys` in the data directory with the embedded node, else nothing is sealed',
  ),
  /** Undefined: the embedded node. */
  eventStoreUrl: optional(
    'EVENTSTORE_URL',
    secretText('like esdb://host:2113?tls=false; leave it unset for the embedded node', {
      pattern: '^esdb(\\+discover)?:\\/\\/\\S+$',
    }),
    '`esdb://host:2113?tls=false`',
    'unset: embedded',
  ),
  /** Undefined: the embedded PostgreSQL. */
  databaseUrl: optional(
    'DATABASE_URL',
    secretText(
      'like postgres://user:password@host:5432/name, with special characters of the password percent-encoded (%23 for #); leave it unset for the embedded PostgreSQL',
      ofFormat('database-url'),
    ),
    '`postgres://user:password@host:5432/name`',
    'unset: embedded',
  ),
};
