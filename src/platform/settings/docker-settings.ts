import { listOf, oneOf, text, wholeNumber } from './setting-kinds.js';
import { optional, setting } from './setting.js';

/** A name, `*.` and a name, or an address, and a port. */
const DESTINATION =
  '^((\\*\\.)?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*|\\[[0-9A-Fa-f:.]+\\])(:[1-9][0-9]{0,4})?$';
/** Where the models of the agents are that we install. */
const MODELS = ['api.anthropic.com', 'api.openai.com', 'chatgpt.com', 'auth.openai.com', 'opencode.ai'];

/** How containers of the `docker` provider are made. */
export const DOCKER_SETTINGS = {
  image: setting(
    'SLIPWAY_DOCKER_IMAGE',
    text('the name of an image', 255, { pattern: '^[a-z0-9][A-Za-z0-9._/:@-]*$' }),
    'slipway-sandbox:latest',
    'the image that sandboxes run in; `npm run image:sandbox` builds it, or `docker/sandbox/Dockerfile`',
  ),
  /** Where the engine is; the usual socket when undefined. */
  engine: optional(
    'DOCKER_HOST',
    text('an address such as unix:///var/run/docker.sock', 4_096),
    'the Docker engine, which must run on the machine of the service',
    'unset: its usual socket',
  ),
  limits: {
    memoryMib: setting(
      'SLIPWAY_DOCKER_MEMORY_MIB',
      wholeNumber(64, 10_000_000, 'MiB'),
      4_096,
      'the memory of a sandbox, its temporary files included',
    ),
    cpus: setting(
      'SLIPWAY_DOCKER_CPUS',
      wholeNumber(1, 1_024),
      2,
      'the processors that a sandbox may keep busy',
    ),
    pids: setting(
      'SLIPWAY_DOCKER_PIDS',
      wholeNumber(32, 1_000_000, 'processes'),
      1_024,
      'the processes and threads of a sandbox',
    ),
    fileMib: setting(
      'SLIPWAY_DOCKER_FILE_MIB',
      wholeNumber(16, 100_000_000, 'MiB'),
      20_480,
      'the largest file that a sandbox may write; the disk as a whole is not limited',
    ),
    tempMib: setting(
      'SLIPWAY_DOCKER_TMP_MIB',
      wholeNumber(1, 1_000_000, 'MiB'),
      1_024,
      "what may lie in a sandbox's /tmp, and as much in /var/tmp; both are in memory",
    ),
  },
  egress: {
    policy: setting(
      'SLIPWAY_DOCKER_EGRESS',
      oneOf('allow-list', 'none', 'open'),
      'allow-list',
      'what sandboxes reach: the hosts of `SLIPWAY_DOCKER_EGRESS_HOSTS` (`allow-list`), nothing (`none`), or every public address (`open`); always through a proxy, never this machine, private addresses or other sandboxes',
    ),
    hosts: setting(
      'SLIPWAY_DOCKER_EGRESS_HOSTS',
      listOf(
        text('one', 255, { pattern: DESTINATION }),
        'hosts such as api.anthropic.com, *.example.com, or one with a :port',
      ),
      MODELS,
      'the hosts of the allow-list, without a port on 80 and 443; a private address is reached only where it stands here as such',
    ),
  },
};
