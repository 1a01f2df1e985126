import 'reflect-metadata';
import { Transform, plainToInstance } from 'class-transformer';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  validateSync,
  type ValidationOptions,
} from 'class-validator';
import { isIP } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import { isLoopbackHost } from './loopback-host.js';
import { STAGES, type Stage } from './events/vocabulary.js';

export const ROLES = ['api', 'saga', 'projector'] as const;
export type Role = (typeof ROLES)[number];

/** `simulated-2`, `simulated-3`, … are further simulated providers: some faults concern one provider and not another. */
const PROVIDER_ID = /^(local|simulated(-[2-9])?)$/;

/** A stage's time-out and attempts. */
export interface StagePolicy {
  readonly timeoutMs: number;
  readonly attempts: number;
}

/** Waits between attempts: first, doubling, capped; each with up to half of it taken off at random. */
export interface BackOffPolicy {
  readonly firstMs: number;
  readonly capMs: number;
}

const DEFAULT_STAGE_POLICIES: Record<Stage, StagePolicy> = {
  ensure_name: { timeoutMs: 30_000, attempts: 3 },
  create_sandbox: { timeoutMs: 180_000, attempts: 3 },
  ensure_agent: { timeoutMs: 180_000, attempts: 3 },
  create_session: { timeoutMs: 180_000, attempts: 3 },
  release_sandbox: { timeoutMs: 60_000, attempts: 10 },
  destroy_sandbox: { timeoutMs: 60_000, attempts: 10 },
};

/** A setting is wrong. The message names the variable and what it takes. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const list = () =>
  Transform(({ value }) =>
    String(value)
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );
const integer = () =>
  Transform(({ value }) => (/^-?\d+$/.test(String(value).trim()) ? Number(value) : value));
const IsAddressRange = (options: ValidationOptions) =>
  ValidateBy({ name: 'isAddressRange', validator: { validate: isAddressRange } }, options);

/** An address, or a CIDR range: `10.0.0.5`, `172.16.0.0/12`, `fd00::/8`. */
function isAddressRange(text: unknown): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(String(text)) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}

const yesOrNo = () =>
  Transform(({ value }) => {
    const word = String(value).trim().toLowerCase();
    if (['true', 'yes', '1'].includes(word)) return true;
    return ['false', 'no', '0'].includes(word) ? false : value;
  });

/** The environment variables, one property each, named as in the README. */
class Environment {
  @integer()
  @IsInt({ message: 'PORT must be a whole number from 0 (any free port) to 65535' })
  @Min(0)
  @Max(65_535)
  PORT = 3000;

  @IsString()
  @MaxLength(255)
  HOST = '127.0.0.1';

  @IsIn(['none'], {
    message:
      'SLIPWAY_AUTH is none: there is no other way yet, and it is for loopback or behind SLIPWAY_TRUST_PROXY',
  })
  SLIPWAY_AUTH = 'none';

  @list()
  @Matches(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/, {
    each: true,
    message:
      'SLIPWAY_HOSTS is a comma list of the host names by which the service is reached, e.g. slipway.example',
  })
  SLIPWAY_HOSTS: string[] = [];

  @list()
  @Matches(/^https?:\/\/[^\s/?#@,]+$/, {
    each: true,
    message: 'SLIPWAY_CORS_ORIGINS is a comma list of origins, e.g. https://tools.example',
  })
  SLIPWAY_CORS_ORIGINS: string[] = [];

  @list()
  @IsAddressRange({
    each: true,
    message:
      'SLIPWAY_TRUST_PROXY is a comma list of addresses or CIDR ranges of proxies that authenticate, e.g. 10.0.0.5,172.16.0.0/12',
  })
  SLIPWAY_TRUST_PROXY: string[] = [];

  @IsString()
  @Matches(/\S/, { message: 'SLIPWAY_DATA_DIR must be a directory, e.g. ./.slipway' })
  @MaxLength(4_096)
  SLIPWAY_DATA_DIR = './.slipway';

  @IsOptional()
  @Matches(/^esdb(\+discover)?:\/\/\S+$/, {
    message: 'EVENTSTORE_URL must look like esdb://host:2113?tls=false; leave it unset for the embedded node',
  })
  EVENTSTORE_URL?: string;

  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/\S+$/, {
    message:
      'DATABASE_URL must look like postgres://user:password@host:5432/name; leave it unset for the embedded PostgreSQL',
  })
  DATABASE_URL?: string;

  @list()
  @ArrayNotEmpty()
  @ArrayUnique()
  @Matches(PROVIDER_ID, {
    each: true,
    message:
      'SLIPWAY_PROVIDERS is a comma list of: local, simulated (and simulated-2 to simulated-9); the first is the default',
  })
  SLIPWAY_PROVIDERS: string[] = ['local'];

  @list()
  @IsIn(ROLES, { each: true, message: `SLIPWAY_ROLES is a comma list of: ${ROLES.join(', ')}` })
  @ArrayNotEmpty()
  SLIPWAY_ROLES: string[] = [...ROLES];

  @list()
  SLIPWAY_LOCAL_REPO_ROOTS: string[] = [];

  @list()
  @Matches(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, {
    each: true,
    message: 'SLIPWAY_LOCAL_AGENT_ENV is a comma list of names of environment variables',
  })
  SLIPWAY_LOCAL_AGENT_ENV: string[] = [];

  @yesOrNo()
  @IsBoolean({ message: 'SLIPWAY_ALLOW_PRIVATE_HOSTS is true or false' })
  SLIPWAY_ALLOW_PRIVATE_HOSTS = false;

  @Matches(/^[a-z][a-z0-9-]{0,49}$/, {
    message: 'SLIPWAY_DEFAULT_AGENT is an agent type such as mock, claude or codex',
  })
  SLIPWAY_DEFAULT_AGENT = 'mock';

  @list()
  @Matches(/^[a-z][a-z0-9-]{0,49}$/, {
    each: true,
    message: 'SLIPWAY_AGENTS is a comma list of agent types such as mock, claude or codex',
  })
  SLIPWAY_AGENTS: string[] = ['mock'];

  @integer()
  @IsInt()
  @Min(1)
  @Max(10_000)
  SLIPWAY_PROVIDER_CONCURRENCY = 64;

  @integer()
  @IsInt({ message: 'SLIPWAY_BACKOFF_FIRST_MS is a whole number of milliseconds' })
  @Min(1)
  @Max(3_600_000)
  SLIPWAY_BACKOFF_FIRST_MS = 1_000;

  @integer()
  @IsInt({ message: 'SLIPWAY_BACKOFF_CAP_MS is a whole number of milliseconds' })
  @Min(1)
  @Max(3_600_000)
  SLIPWAY_BACKOFF_CAP_MS = 30_000;

  @integer()
  @IsInt()
  @Min(0)
  @Max(3_600_000)
  SLIPWAY_SIMULATED_LATENCY_MS = 0;

  @IsOptional()
  @IsString()
  @MaxLength(4_096)
  SLIPWAY_SIMULATED_FILE?: string;

  @IsOptional()
  @IsString()
  @MaxLength(4_096)
  SLIPWAY_SIMULATED_LEDGER?: string;

  @IsOptional()
  @IsString()
  @MaxLength(4_096)
  SLIPWAY_SIMULATED_FAILURES?: string;

  @integer()
  @IsInt()
  @Min(100)
  @Max(600_000)
  SLIPWAY_SHUTDOWN_MS = 10_000;

  @integer()
  @IsInt({ message: 'SLIPWAY_AUDIT_EVERY_S is a whole number of seconds; 0 switches the audit off' })
  @Min(0)
  @Max(86_400)
  SLIPWAY_AUDIT_EVERY_S = 300;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    message: 'LOG_LEVEL is one of fatal, error, warn, info, debug, trace, silent',
  })
  LOG_LEVEL = 'info';
}

/** What the simulated providers are told. */
export interface SimulatedSettings {
  /** Where their sandboxes are; undefined: in the data directory. Replicas that share it see the same sandboxes. */
  readonly file?: string;
  readonly latencyMs: number;
  readonly ledger?: string;
  readonly failures?: string;
}

/** Slipway's settings, validated. Times are in milliseconds. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** Names, besides those of loopback, by which requests may call the service; lower case. */
  readonly hosts: readonly string[];
  /** Origins of other sites' pages that may use the API. */
  readonly corsOrigins: readonly string[];
  /** Addresses and CIDR ranges of proxies that authenticate; nobody else is let in where `host` is not loopback. */
  readonly trustProxy: readonly string[];
  readonly dataDir: string;
  /** Undefined: the embedded node. */
  readonly eventStoreUrl?: string;
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl?: string;
  /** The first is the default. */
  readonly providers: readonly string[];
  readonly roles: ReadonlySet<Role>;
  /** Directories below which a repository on this disk may be used as a remote. */
  readonly localRepoRoots: readonly string[];
  /** Names of the environment variables that local agents are given. */
  readonly localAgentEnv: readonly string[];
  readonly allowPrivateHosts: boolean;
  readonly defaultAgent: string;
  /** The agent types that may be asked for; the default one is always among them. */
  readonly agents: readonly string[];
  /** Stages under way at one provider at a time. */
  readonly providerConcurrency: number;
  readonly stages: Readonly<Record<Stage, StagePolicy>>;
  readonly backOff: BackOffPolicy;
  readonly simulated: SimulatedSettings;
  /** How long a shutdown may take before it is cut short. */
  readonly shutdownMs: number;
  /** How often orphaned sandboxes are counted; 0: never. */
  readonly auditEveryS: number;
  readonly logLevel: string;
}

/** Reads and validates the settings. Throws SettingsError with one line for each setting that is wrong. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  // An empty variable counts as unset.
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const environment = plainToInstance(Environment, given, { exposeDefaultValues: true });
  const problems = validateSync(environment).flatMap((error) => Object.values(error.constraints ?? {}));
  const stages = readStagePolicies(given, problems);
  for (const root of environment.SLIPWAY_LOCAL_REPO_ROOTS) {
    if (!isAbsolute(root))
      problems.push(
        `SLIPWAY_LOCAL_REPO_ROOTS holds absolute directories, comma separated; ${JSON.stringify(root)} is not one`,
      );
  }
  if (!isLoopbackHost(environment.HOST)) {
    const missing = (['SLIPWAY_TRUST_PROXY', 'SLIPWAY_HOSTS'] as const).filter(
      (name) => environment[name].length === 0,
    );
    if (missing.length > 0) {
      problems.push(
        `HOST=${environment.HOST} lets others in, and nothing asks who they are: leave HOST unset (127.0.0.1), or put a proxy that authenticates in front and set SLIPWAY_TRUST_PROXY to its address and SLIPWAY_HOSTS to the names by which the service is reached (missing: ${missing.join(', ')})`,
      );
    }
  }
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return {
    port: environment.PORT,
    host: environment.HOST,
    hosts: environment.SLIPWAY_HOSTS.map((name) => name.toLowerCase()),
    corsOrigins: environment.SLIPWAY_CORS_ORIGINS.map((origin) => origin.toLowerCase()),
    trustProxy: environment.SLIPWAY_TRUST_PROXY,
    dataDir: resolve(environment.SLIPWAY_DATA_DIR),
    eventStoreUrl: environment.EVENTSTORE_URL,
    databaseUrl: environment.DATABASE_URL,
    providers: environment.SLIPWAY_PROVIDERS,
    roles: new Set(environment.SLIPWAY_ROLES as Role[]),
    localRepoRoots: environment.SLIPWAY_LOCAL_REPO_ROOTS.map((root) => resolve(root)),
    localAgentEnv: environment.SLIPWAY_LOCAL_AGENT_ENV,
    allowPrivateHosts: environment.SLIPWAY_ALLOW_PRIVATE_HOSTS,
    defaultAgent: environment.SLIPWAY_DEFAULT_AGENT,
    agents: [...new Set([environment.SLIPWAY_DEFAULT_AGENT, ...environment.SLIPWAY_AGENTS])],
    providerConcurrency: environment.SLIPWAY_PROVIDER_CONCURRENCY,
    stages,
    backOff: { firstMs: environment.SLIPWAY_BACKOFF_FIRST_MS, capMs: environment.SLIPWAY_BACKOFF_CAP_MS },
    simulated: {
      file: environment.SLIPWAY_SIMULATED_FILE,
      latencyMs: environment.SLIPWAY_SIMULATED_LATENCY_MS,
      ledger: environment.SLIPWAY_SIMULATED_LEDGER,
      failures: environment.SLIPWAY_SIMULATED_FAILURES,
    },
    shutdownMs: environment.SLIPWAY_SHUTDOWN_MS,
    auditEveryS: environment.SLIPWAY_AUDIT_EVERY_S,
    logLevel: environment.LOG_LEVEL,
  };
}

/** `SLIPWAY_STAGE_<STAGE>_TIMEOUT_MS` and `SLIPWAY_STAGE_<STAGE>_ATTEMPTS` for each stage. */
function readStagePolicies(
  given: Record<string, string | undefined>,
  problems: string[],
): Record<Stage, StagePolicy> {
  const number = (name: string, fallback: number, max: number): number => {
    const text = given[name];
    if (text === undefined) return fallback;
    const value = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
    if (value >= 1 && value <= max) return value;
    problems.push(`${name} must be a whole number from 1 to ${max}, not ${JSON.stringify(text)}`);
    return fallback;
  };
  const policyOf = (stage: Stage): StagePolicy => {
    const prefix = `SLIPWAY_STAGE_${stage.toUpperCase()}`;
    const fallback = DEFAULT_STAGE_POLICIES[stage];
    return {
      timeoutMs: number(`${prefix}_TIMEOUT_MS`, fallback.timeoutMs, 3_600_000),
      attempts: number(`${prefix}_ATTEMPTS`, fallback.attempts, 1_000),
    };
  };
  return Object.fromEntries(STAGES.map((stage) => [stage, policyOf(stage)])) as Record<Stage, StagePolicy>;
}
