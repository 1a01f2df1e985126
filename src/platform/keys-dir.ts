import { resolve } from 'node:path';

/**
 * Where the keys of tasks are: where SLIPWAY_KEYS_DIR says, else beside the events where these are the embedded node's.
 * Null: nothing is sealed. @param named by the setting @param own of the service whose embedded node has the events, or null
 */
export const keysDirFor = (named: string | undefined, own: string | null): string | null =>
  named ? resolve(named) : own;
