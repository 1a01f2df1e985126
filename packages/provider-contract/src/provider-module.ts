import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OpenProvider } from './bench.js';
import type { ContractedProvider } from './contracted-provider.js';

/** Stands for the service's own: what a provider fails with. */
class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly retryable: boolean;
  readonly output?: string;

  constructor(
    readonly code: string,
    message: string,
    options: { retryable?: boolean; cause?: unknown; output?: string } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable ?? true;
    this.output = options.output;
  }
}

interface ProviderModule {
  createProvider(tools: object): ContractedProvider | Promise<ContractedProvider>;
}

/**
 * Opens the provider of a module as the service does (`SLIPWAY_PROVIDER_MODULES`), with the id `contract`.
 * @param file absolute; exports `createProvider`
 */
export function moduleProvider(file: string): OpenProvider {
  const id = 'contract';
  const log = { info() {}, warn() {}, error() {} };
  return async (folder) => {
    const { createProvider } = (await import(pathToFileURL(file).href)) as ProviderModule;
    return createProvider({ id, dataDir: join(folder, id), ProviderError, log });
  };
}
