import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { STAGES, type Stage } from '../../events/task/vocabulary.js';
import { type Kind, listOf, oneOf, secretText, text, wholeNumber, yesOrNo } from './setting-kinds.js';

export const ROLES = ['api', 'saga', 'projector'] as const;
export type Role = (typeof ROLES)[number];
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** One environment variable. Reading it, the list of known names and the README's table follow from this. */
export interface Setting<T> {
  readonly kind: Kind<T>;
  /** What it is while the variable is unset or empty. */
  readonly fallback: T;
  /** The README's cell for the default; that of the fallback unless given. */
  readonly shown?: string;
  /** The README's sentence, in Markdown. */
  readonly doc: string;
  /** The README's name for a group of variables that have one row together. */
  readonly row?: string;
}

const UNSET = 'unset';
const NONE = 'unset: none';
/** One is enough for whatever a person waits for. */
const HOUR_MS = 3_600_000;

const setting = <T>(
  kind: Kind<T>,
  fallback: NoInfer<T>,
  doc: string,
  more: Pick<Setting<T>, 'shown' | 'row'> = {},
): Setting<T> => ({ kind, fallback, doc, ...more });

const optional = <T>(kind: Kind<T>, doc: string, shown = UNSET): Setting<T | undefined> => ({
  kind,
  fallback: undefined,
  doc,
  shown,
});

const path = (what: string) => text(what, 4_096);
const matching = (takes: string, pattern: RegExp, max = 255) =>
  text(takes, max, (given) => pattern.test(given));
const agentType = matching('an agent type such as mock, claude or codex', /^[a-z][a-z0-9-]{0,49}$/);

/** An address, or a CIDR range: `10.0.0.5`, `172.16.0.0/12`, `fd00::/8`. */
function isAddressRange(given: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(given) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}

/** Names and ranges of which some may be used, all, or none. */
const privateHosts: Kind<boolean | readonly string[]> = {
  takes: 'true, false, or a comma list of host names, addresses and CIDR ranges',
  read: (given) => {
    if (/^(true|false|yes|no|0|1)$/i.test(given)) return yesOrNo.read(given);
    const isName = (item: string) => /^[a-z_][a-z0-9_.-]*\.[a-z0-9_.-]*[a-z]$|^localhost$/i.test(item);
    const item = text('one', 255, (each) => isName(each) || isAddressRange(each));
    return listOf(item, 'host names with a dot, addresses and CIDR ranges (or true, or false)', false).read(
      given,
    );
  },
};

/** A password with a `#`, `/` or `@` of its own makes another address of it, or none. */
const isDatabaseUrl = (url: string): boolean => {
  if (!/^postgres(ql)?:\/\/\S+$/.test(url) || !URL.canParse(url)) return false;
  const { hostname, hash, searchParams } = new URL(url);
  return hash === '' && (hostname !== '' || searchParams.has('host'));
};

/** A stage's time-out and attempts. */
export interface StagePolicy {
  readonly timeoutMs: number;
  readonly attempts: number;
}

const STAGE_POLICIES: Record<Stage, StagePolicy> = {
  ensure_name: { timeoutMs: 30_000, attempts: 3 },
  create_sandbox: { timeoutMs: 180_000, attempts: 3 },
  ensure_agent: { timeoutMs: 180_000, attempts: 3 },
  create_session: { timeoutMs: 180_000, attempts: 3 },
  release_sandbox: { timeoutMs: 60_000, attempts: 10 },
  destroy_sandbox: { timeoutMs: 60_000, attempts: 10 },
};

type StageSuffix = 'TIMEOUT_MS' | 'ATTEMPTS';
type StageVariable = `SLIPWAY_STAGE_${Uppercase<Stage>}_${StageSuffix}`;

/** The variable of a stage: `SLIPWAY_STAGE_CREATE_SANDBOX_TIMEOUT_MS`. */
export const stageVariable = (stage: Stage, suffix: StageSuffix): StageVariable =>
  `SLIPWAY_STAGE_${stage.toUpperCase() as Uppercase<Stage>}_${suffix}`;

function stageSettings(): Record<StageVariable, Setting<number>> {
  const group = (
    suffix: StageSuffix,
    kind: Kind<number>,
    of: (policy: StagePolicy) => number,
    doc: string,
  ) => {
    const values = [...new Set(STAGES.map((stage) => of(STAGE_POLICIES[stage])))];
    const stagesOf = (value: number) =>
      STAGES.filter((stage) => of(STAGE_POLICIES[stage]) === value).map(
        (stage) => `\`${stage.toUpperCase()}\``,
      );
    const more = {
      row: `SLIPWAY_STAGE_<STAGE>_${suffix}`,
      shown: values.map((value) => `${stagesOf(value).join(', ')}: \`${value}\``).join('; '),
    };
    return STAGES.map((stage) => [
      stageVariable(stage, suffix),
      setting(kind, of(STAGE_POLICIES[stage]), doc, more),
    ]);
  };
  return Object.fromEntries([
    ...group(
      'TIMEOUT_MS',
      wholeNumber(1, HOUR_MS, 'milliseconds'),
      ({ timeoutMs }) => timeoutMs,
      'how long one attempt at the stage may take',
    ),
    ...group(
      'ATTEMPTS',
      wholeNumber(1, 1_000),
      ({ attempts }) => attempts,
      'attempts at the stage before the task is in `error`',
    ),
  ]) as Record<StageVariable, Setting<number>>;
}

/** Every setting, in the README's order. To add one: a line here, its place in `Settings`, `npm run docs:settings`. */
export const SETTINGS = {
  PORT: setting(wholeNumber(0, 65_535), 3000, '`0`: any free port'),
  HOST: setting(
    text('the address to listen on', 255),
    '127.0.0.1',
    'the address to listen on; for one that is not loopback see `SLIPWAY_TRUST_PROXY`',
  ),
  SLIPWAY_HOSTS: setting(
    listOf(
      matching('a host name', /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/),
      'the host names by which the service is reached, e.g. slipway.example',
    ),
    [],
    'names, besides those of loopback, by which the service is reached (port forwarding, a proxy); other hosts get 421',
    { shown: UNSET },
  ),
  SLIPWAY_CORS_ORIGINS: setting(
    listOf(matching('an origin', /^https?:\/\/[^\s/?#@,]+$/), 'origins, e.g. https://tools.example'),
    [],
    "origins of other sites' pages that may use the API",
    { shown: NONE },
  ),
  SLIPWAY_AUTH: setting(
    oneOf('none'),
    'none',
    'nobody is asked who they are: for loopback, or behind `SLIPWAY_TRUST_PROXY`',
  ),
  SLIPWAY_TRUST_PROXY: setting(
    listOf(
      text('an address or CIDR range', 64, isAddressRange),
      'addresses or CIDR ranges of proxies that authenticate, e.g. 10.0.0.5,172.16.0.0/12',
    ),
    [],
    'addresses and CIDR ranges of the proxy that authenticates; with a `HOST` that is not loopback this and `SLIPWAY_HOSTS` are needed, and only that proxy is let in',
    { shown: UNSET },
  ),
  SLIPWAY_DATA_DIR: setting(path('a directory'), './.slipway', 'one service per directory'),
  EVENTSTORE_URL: optional(
    secretText('like esdb://host:2113?tls=false; leave it unset for the embedded node', (url) =>
      /^esdb(\+discover)?:\/\/\S+$/.test(url),
    ),
    '`esdb://host:2113?tls=false`',
    'unset: embedded',
  ),
  DATABASE_URL: optional(
    secretText(
      'like postgres://user:password@host:5432/name, with special characters of the password percent-encoded (%23 for #); leave it unset for the embedded PostgreSQL',
      isDatabaseUrl,
    ),
    '`postgres://user:password@host:5432/name`',
    'unset: embedded',
  ),
  SLIPWAY_PROVIDERS: setting(
    listOf(
      // Further simulated providers: some faults concern one provider and not another.
      matching('a provider', /^(local|simulated(-[2-9])?)$/),
      'providers: local, simulated (and simulated-2 to simulated-9); the first is the default',
      false,
    ),
    ['local'],
    'comma list of `local`, `simulated`; the first is the default',
  ),
  SLIPWAY_LOCAL_REPO_ROOTS: setting(
    listOf(text('an absolute directory', 4_096, isAbsolute), 'absolute directories'),
    [],
    'absolute directories whose repositories may be used as remotes',
    { shown: NONE },
  ),
  SLIPWAY_LOCAL_AGENT_ENV: setting(
    listOf(
      matching('a name', /^[A-Za-z_][A-Za-z0-9_]{0,99}$/),
      'names of environment variables, e.g. ANTHROPIC_API_KEY',
    ),
    [],
    'names of variables that agents are given, e.g. `ANTHROPIC_API_KEY`',
    { shown: NONE },
  ),
  SLIPWAY_ALLOW_PRIVATE_HOSTS: setting<boolean | readonly string[]>(
    privateHosts,
    false,
    'remotes on private and loopback addresses: `true` for all, or a comma list of host names, addresses and CIDR ranges; those at which clouds tell machines their secrets are always refused',
  ),
  SLIPWAY_GIT_LOW_SPEED_BYTES: setting(
    wholeNumber(0, 1_000_000_000, 'bytes'),
    1_000,
    'a repository that is handed out over https at less than this in a second …; `0`: any speed will do',
  ),
  SLIPWAY_GIT_LOW_SPEED_S: setting(
    wholeNumber(1, 3_600, 'seconds'),
    30,
    '… for so many seconds is given up, and tried again as other failures are',
  ),
  SLIPWAY_GIT_MOST_MIB: setting(
    wholeNumber(1, 1_000_000, 'MiB'),
    20_480,
    'the most that one fetch may bring, packed',
  ),
  SLIPWAY_MIRROR_UPKEEP_S: setting(
    wholeNumber(0, 86_400, 'seconds'),
    3_600,
    'how often the copies of repositories are packed and cleared; `0`: never',
  ),
  SLIPWAY_MIRROR_EXPIRE_DAYS: setting(
    wholeNumber(0, 10_000, 'days'),
    30,
    'a copy that was not fetched for so long, that no sandbox needs and that holds no kept work is deleted; `0`: never',
  ),
  SLIPWAY_DEFAULT_AGENT: setting(agentType, 'mock', 'agent type of tasks that name none'),
  SLIPWAY_AGENTS: setting(
    listOf(agentType, 'agent types such as mock, claude or codex'),
    ['mock'],
    'agent types that tasks may name, besides the default one',
  ),
  SLIPWAY_ROLES: setting(listOf(oneOf(...ROLES), ROLES.join(', '), false), ROLES, 'what this replica does'),
  SLIPWAY_PROVIDER_CONCURRENCY: setting(
    wholeNumber(1, 10_000),
    64,
    'stages under way at each provider at a time',
  ),
  ...stageSettings(),
  SLIPWAY_BACKOFF_FIRST_MS: setting(
    wholeNumber(1, HOUR_MS, 'milliseconds'),
    1_000,
    'wait before the second attempt; doubling, with jitter',
  ),
  SLIPWAY_BACKOFF_CAP_MS: setting(
    wholeNumber(1, HOUR_MS, 'milliseconds'),
    30_000,
    'the longest wait between two attempts',
  ),
  SLIPWAY_AUDIT_EVERY_S: setting(
    wholeNumber(0, 86_400, 'seconds'),
    300,
    'how often the service looks for orphaned sandboxes and ended agents; `0`: never',
  ),
  SLIPWAY_SHUTDOWN_MS: setting(
    wholeNumber(100, 600_000, 'milliseconds'),
    10_000,
    'a shutdown that takes longer is cut short',
  ),
  SLIPWAY_SIMULATED_LATENCY_MS: setting(
    wholeNumber(0, HOUR_MS, 'milliseconds'),
    0,
    'how long each stage of the `simulated` provider takes',
  ),
  SLIPWAY_SIMULATED_FAILURES: optional(
    text('failures such as create_sandbox=hang, ensure_agent=fail:2', 4_096),
    'e.g. `create_sandbox=hang, ensure_agent=fail:2`. `simulated-2` … are further ones, told apart as in `simulated-2/create_sandbox=hang`',
    NONE,
  ),
  SLIPWAY_SIMULATED_LEDGER: optional(path('a file'), 'a line for each stage that it carried out', NONE),
  SLIPWAY_SIMULATED_FILE: optional(
    path('a file'),
    'its sandboxes; replicas share one file',
    'unset: in the data directory',
  ),
  LOG_LEVEL: setting(oneOf(...LOG_LEVELS), 'info', `one of ${LOG_LEVELS.join(', ')}`),
} as const;

export type Variable = keyof typeof SETTINGS;
export type Values = {
  readonly [V in Variable]: (typeof SETTINGS)[V] extends Setting<infer T> ? T : never;
};
