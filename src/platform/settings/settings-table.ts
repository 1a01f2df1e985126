import { LIMIT_SETTINGS } from './limit-settings.js';
import { DOCKER_SETTINGS } from './docker-settings.js';
import { PROVIDER_SETTINGS, SIMULATED_SETTINGS } from './provider-settings.js';
import { SERVER_SETTINGS } from './server-settings.js';
import { oneOf, text } from './setting-kinds.js';
import { optional, setting } from './setting.js';
import { STORE_SETTINGS } from './store-settings.js';
import { WORK_SETTINGS } from './work-settings.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Every setting, in the README's order. To add one: an entry in its theme's table, then `npm run docs:settings`. */
export const SETTINGS = {
  ...SERVER_SETTINGS,
  ...STORE_SETTINGS,
  ...PROVIDER_SETTINGS,
  ...WORK_SETTINGS,
  ...LIMIT_SETTINGS,
  docker: DOCKER_SETTINGS,
  simulated: SIMULATED_SETTINGS,
  otlpEndpoint: optional(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    text('the address of a collector, e.g. http://127.0.0.1:4318', 2_000, {
      pattern: '^https?:\\/\\/[^\\s?#@]+$',
    }),
    'a collector of OpenTelemetry that takes traces over HTTP (`http://127.0.0.1:4318`); headers for it in `OTEL_EXPORTER_OTLP_HEADERS`',
    'unset: no traces',
  ),
  logLevel: setting('LOG_LEVEL', oneOf(...LOG_LEVELS), 'info', `one of ${LOG_LEVELS.join(', ')}`),
};
