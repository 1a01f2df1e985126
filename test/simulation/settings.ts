import { readSettings } from '../../src/platform/settings/settings.js';

export const PROVIDERS = ['simulated', 'local'];
const settingsWith = (concurrency: number) =>
  readSettings({
    SLIPWAY_PROVIDERS: PROVIDERS.join(','),
    SLIPWAY_PROVIDER_CONCURRENCY: String(concurrency),
    SLIPWAY_BACKOFF_FIRST_MS: '100',
    SLIPWAY_BACKOFF_CAP_MS: '2000',
    SLIPWAY_STAGE_ENSURE_NAME_TIMEOUT_MS: '1000',
    SLIPWAY_STAGE_CREATE_SANDBOX_TIMEOUT_MS: '5000',
    SLIPWAY_STAGE_ENSURE_AGENT_TIMEOUT_MS: '5000',
    SLIPWAY_STAGE_CREATE_SESSION_TIMEOUT_MS: '5000',
    SLIPWAY_STAGE_RELEASE_SANDBOX_TIMEOUT_MS: '2000',
    SLIPWAY_STAGE_DESTROY_SANDBOX_TIMEOUT_MS: '2000',
  });
/** With little, some and much room at each provider. */
export const SETTINGS = [1, 2, 64].map(settingsWith);
