import { resolve } from 'node:path';
import { either, listOf, text, wholeNumber, yesOrNo } from './setting-kinds.js';
import { optional, setting } from './setting.js';
import { ofFormat } from './text-formats.js';
import { AGENT_TYPE, whole } from '../text-rules.js';

const NONE = 'unset: none';
const HOUR_MS = 3_600_000;
const MIB = 1_048_576;
const agentType = text('an agent type such as mock, claude or codex', 255, {
  pattern: whole(AGENT_TYPE),
});

const PROVIDER_NAME = '[a-z][a-z0-9-]{0,49}';
/** Further simulated providers: some faults concern one provider and not another. */
const BUILT_IN = /^(local|docker|simulated(-[2-9])?)$/;
const PROVIDERS_TAKEN =
  'providers: docker, local, simulated (and simulated-2 to simulated-9), and names of SLIPWAY_PROVIDER_MODULES; the first is the default';

/** What is wrong with the names of the providers, or undefined: each is ours or that of a module. */
export function complaintAboutProviders(
  providers: readonly string[],
  modules: readonly { readonly name: string }[],
): string | undefined {
  const unknown = providers.find(
    (name) => !BUILT_IN.test(name) && !modules.some((module) => module.name === name),
  );
  return (
    unknown &&
    `SLIPWAY_PROVIDERS must be a comma list of ${PROVIDERS_TAKEN}; ${JSON.stringify(unknown)} is none`
  );
}

/** Where sandboxes come from, and what they and their agents may use. */
export const PROVIDER_SETTINGS = {
  /** The first is the default. */
  providers: setting(
    'SLIPWAY_PROVIDERS',
    listOf(text('a provider', 255, { pattern: `^${PROVIDER_NAME}$` }), PROVIDERS_TAKEN, false),
    ['local'],
    'comma list of `docker`, `local`, `simulated` and those of `SLIPWAY_PROVIDER_MODULES`; the first is the default',
  ),
  /** Providers that are not ours, each a module. */
  providerModules: setting(
    'SLIPWAY_PROVIDER_MODULES',
    listOf(
      text('one', 4_096, { pattern: `^(?!local=|docker=|simulated)${PROVIDER_NAME}=/.+\\.m?js$` }),
      'providers of your own, as in name=/path/to/provider.mjs, with absolute paths',
    ),
    [],
    'providers of your own: `name=/path/to/provider.mjs`, a comma list. They are code that runs as the service does: see [examples/write-a-provider](examples/write-a-provider)',
    { shown: NONE },
  ).as((modules) =>
    modules.map((entry) => {
      const at = entry.indexOf('=');
      return { name: entry.slice(0, at), file: resolve(entry.slice(at + 1)) };
    }),
  ),
  /** Directories below which a repository on this disk may be used as a remote. */
  localRepoRoots: setting(
    'SLIPWAY_LOCAL_REPO_ROOTS',
    listOf(text('an absolute directory', 4_096, ofFormat('absolute-path')), 'absolute directories'),
    [],
    'absolute directories whose repositories may be used as remotes',
    { shown: NONE },
  ).as((roots) => roots.map((root) => resolve(root))),
  /** Names of the environment variables that local agents are given. */
  localAgentEnv: setting(
    'SLIPWAY_LOCAL_AGENT_ENV',
    listOf(
      text('a name', 255, { pattern: '^[A-Za-z_][A-Za-z0-9_]{0,99}$' }),
      'names of environment variables, e.g. ANTHROPIC_API_KEY',
    ),
    [],
    'names of variables that agents are given, e.g. `ANTHROPIC_API_KEY`',
    { shown: NONE },
  ),
  /** Whether each local sandbox has a user of its own where we are root. */
  localUsers: setting(
    'SLIPWAY_LOCAL_USERS',
    yesOrNo,
    true,
    'where the service is root, each sandbox of `local` runs as a user of its own, who has no rights and owns nothing else; where that cannot be, the log says so',
  ),
  /** Where local agents are installed; undefined: in the data directory. */
  localAgentsDir: optional(
    'SLIPWAY_LOCAL_AGENTS_DIR',
    text('an absolute directory', 4_096, ofFormat('absolute-path')),
    'where agents are installed, once for all sandboxes; services of one machine may share it',
    'unset: in the data directory',
  ).as((folder) => folder && resolve(folder)),
  /** Remotes on private and loopback addresses: none, all, or those of names, addresses and CIDR ranges. */
  allowPrivateHosts: setting<boolean | readonly string[]>(
    'SLIPWAY_ALLOW_PRIVATE_HOSTS',
    either(
      yesOrNo,
      listOf(
        text('one', 255, ofFormat('host-name-or-range')),
        'host names with a dot, addresses and CIDR ranges (or true, or false)',
        false,
      ),
    ),
    false,
    'remotes on private and loopback addresses: `true` for all, or a comma list of host names, addresses and CIDR ranges; those at which clouds tell machines their secrets are always refused',
  ),
  /** Bounds of one fetch of a repository; `lowSpeedBytes` in a second, 0: none. */
  git: {
    lowSpeedBytes: setting(
      'SLIPWAY_GIT_LOW_SPEED_BYTES',
      wholeNumber(0, 1_000_000_000, 'bytes'),
      1_000,
      'a repository that is handed out over https at less than this in a second …; `0`: any speed will do',
    ),
    lowSpeedS: setting(
      'SLIPWAY_GIT_LOW_SPEED_S',
      wholeNumber(1, 3_600, 'seconds'),
      30,
      '… for so many seconds is given up, and tried again as other failures are',
    ),
    mostBytes: setting(
      'SLIPWAY_GIT_MOST_MIB',
      wholeNumber(1, 1_000_000, 'MiB'),
      20_480,
      'the most that one fetch may bring, packed',
    ).as((mib) => mib * MIB),
  },
  /** How often mirrors are looked after (0: never), and when unused ones are deleted (0: never). */
  mirrors: {
    upkeepS: setting(
      'SLIPWAY_MIRROR_UPKEEP_S',
      wholeNumber(0, 86_400, 'seconds'),
      3_600,
      'how often the copies of repositories are packed and cleared; `0`: never',
    ),
    expireDays: setting(
      'SLIPWAY_MIRROR_EXPIRE_DAYS',
      wholeNumber(0, 10_000, 'days'),
      30,
      'a copy that was not fetched for so long, that no sandbox needs and that holds no kept work is deleted; `0`: never',
    ),
  },
  /** What was never committed and is kept with a branch; more is rather output than work. */
  mostUncommittedBytes: setting(
    'SLIPWAY_KEEP_UNCOMMITTED_MIB',
    wholeNumber(1, 1_000_000, 'MiB'),
    1_024,
    'a kill that keeps the branch keeps at most so much that was never committed; with more it is refused until some is committed or removed',
  ).as((mib) => mib * MIB),
  defaultAgent: setting('SLIPWAY_DEFAULT_AGENT', agentType, 'mock', 'agent type of tasks that name none'),
  /** The agent types that may be asked for; readSettings adds the default one. */
  agents: setting(
    'SLIPWAY_AGENTS',
    listOf(agentType, 'agent types such as mock, claude or codex'),
    ['mock'],
    'agent types that tasks may name, besides the default one',
  ),
};

/** What the simulated providers are told. */
export const SIMULATED_SETTINGS = {
  latencyMs: setting(
    'SLIPWAY_SIMULATED_LATENCY_MS',
    wholeNumber(0, HOUR_MS, 'milliseconds'),
    0,
    'how long each stage of the `simulated` provider takes',
  ),
  failures: optional(
    'SLIPWAY_SIMULATED_FAILURES',
    text('failures such as create_sandbox=hang, ensure_agent=fail:2', 4_096),
    'e.g. `create_sandbox=hang, ensure_agent=fail:2`. `simulated-2` … are further ones, told apart as in `simulated-2/create_sandbox=hang`',
    NONE,
  ),
  ledger: optional(
    'SLIPWAY_SIMULATED_LEDGER',
    text('a file', 4_096),
    'a line for each stage that it carried out',
    NONE,
  ),
  /** Where their sandboxes are; undefined: in the data directory. Replicas that share it see the same sandboxes. */
  file: optional(
    'SLIPWAY_SIMULATED_FILE',
    text('a file', 4_096),
    'its sandboxes; replicas share one file',
    'unset: in the data directory',
  ),
};
