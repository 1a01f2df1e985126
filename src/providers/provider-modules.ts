import { pathToFileURL } from 'node:url';
import { importOutside } from '../platform/import-outside.js';
import { reasonOf } from '../platform/reason.js';
import { SettingsError } from '../platform/settings/settings.js';
import { ProviderError } from '../events/provider-error.js';
import type { SandboxProvider } from './sandbox-provider.js';

/** What a module of one's own is given to make its provider with. */
export interface ProviderTools {
  /** The name that the settings give it: callers put it into `providerId`. */
  readonly id: string;
  /** An absolute folder of its own, which it makes when it needs it. */
  readonly dataDir: string;
  /** To fail with: `new ProviderError(code, message, { retryable })`, a code of docs/failure-codes.md. */
  readonly ProviderError: typeof ProviderError;
  readonly log: ProviderLog;
}

export interface ProviderLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What a module of one's own exports. */
export type CreateProvider = (tools: ProviderTools) => SandboxProvider | Promise<SandboxProvider>;

/** What every provider has; the port's other methods are for those that can. */
const METHODS = [
  ...(['findSandbox', 'createSandbox', 'ensureAgent', 'findSession', 'createSession'] as const),
  ...(['attachSession', 'openedSessions'] as const),
  ...(['releaseSandbox', 'destroySandbox', 'listSandboxes', 'close'] as const),
] satisfies (keyof SandboxProvider)[];

/**
 * The provider that a module of one's own makes with its export `createProvider`. It is code that runs as we do.
 * @param file absolute
 * @throws SettingsError, which says what is wrong with the module
 */
export async function loadProvider(
  file: string,
  tools: Omit<ProviderTools, 'ProviderError'>,
): Promise<SandboxProvider> {
  const wrong = (what: string, cause?: unknown) =>
    new SettingsError(`SLIPWAY_PROVIDER_MODULES: ${tools.id}: ${file} ${what}`, { cause });
  let create: unknown;
  try {
    const { href } = pathToFileURL(file);
    ({ createProvider: create } = await importOutside<{ createProvider?: unknown }>(href));
  } catch (error) {
    throw wrong(`cannot be loaded: ${reasonOf(error)}`, error);
  }
  if (typeof create !== 'function') throw wrong('does not export a function createProvider');
  const provider = await (create as CreateProvider)({ ...tools, ProviderError });
  const missing = METHODS.filter((method) => typeof provider?.[method] !== 'function');
  if (missing.length > 0) throw wrong(`makes a provider without ${missing.join(', ')}`);
  if (provider.id !== tools.id) throw wrong(`makes a provider with the id ${JSON.stringify(provider.id)}`);
  return provider;
}
