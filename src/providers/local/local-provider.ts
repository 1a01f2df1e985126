import type { SandboxProvider } from '../sandbox-provider.js';
import { CheckoutProvider } from './checkout-provider.js';
import { type LocalOptions, openLocalHost } from './local-host.js';
import { openWorkshop } from './workshop.js';

/**
 * Sandboxes on this machine: a checkout and an agent server for each task, as the user that Slipway
 * runs as. That keeps tasks out of each other's way, not malicious agents in: it is for trusted
 * agents and for development.
 */
export function createLocalProvider(options: LocalOptions): SandboxProvider {
  return new CheckoutProvider('local', options, (closed) =>
    openWorkshop(options, () => openLocalHost(options, closed)),
  );
}
