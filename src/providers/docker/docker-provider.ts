import { CheckoutProvider } from '../local/checkout-provider.js';
import { openWorkshop } from '../local/workshop.js';
import type { SandboxProvider } from '../sandbox-provider.js';
import { openDockerHost } from './docker-host.js';
import type { DockerOptions } from './docker-options.js';

/**
 * Sandboxes in containers of a Docker engine on this machine, one a task. Checkouts are made here, from our mirrors, and lie in
 * a folder of the task that its container works in; so what is read, pushed and kept of them is as with `local`.
 */
export function createDockerProvider(options: DockerOptions): SandboxProvider {
  return new CheckoutProvider('docker', options, (closed) =>
    openWorkshop(options, () => openDockerHost(options, closed)),
  );
}
