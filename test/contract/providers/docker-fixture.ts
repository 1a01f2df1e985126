import { execFileSync } from 'node:child_process';
import type { DockerOptions } from '../../../src/providers/docker/docker-options.js';

const HOW =
  'No Docker engine with the image for sandboxes answers. Start one (Debian: apt-get install docker.io mmdebstrap; dockerd as root) and run npm run image:sandbox.';

export const IMAGE = 'slipway-sandbox:latest';

/**
 * Whether an engine is there to test with. In the full run there has to be one; elsewhere what needs it is skipped, which is said.
 * @throws in the full run without one
 */
export const HAS_ENGINE = ((): boolean => {
  try {
    execFileSync('docker', ['image', 'inspect', IMAGE], { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch (error) {
    // The full run of the tests (.ci/run) has one.
    if (process.env['SLIPWAY_TEST_ENGINE'] === 'required') throw new Error(HOW, { cause: error });
    console.warn(`skipped: no engine. ${HOW}`);
    return false;
  }
})();

/** Options as the settings have them by default, with little of the machine. */
export function dockerOptions(
  dataDir: string,
  root: string,
  more: Partial<DockerOptions> = {},
): DockerOptions {
  return {
    dataDir,
    localRoots: [root],
    image: IMAGE,
    limits: { memoryMib: 512, cpus: 2, pids: 256, fileMib: 256, tempMib: 32 },
    egress: { policy: 'none', hosts: [] },
    ...more,
  };
}
