import { resolve } from 'node:path';
import { NotTakenError } from './setting-kinds.js';
import {
  SETTINGS,
  type Role,
  type Setting,
  type StagePolicy,
  type Values,
  type Variable,
  stageVariable,
} from './settings-table.js';
import { STAGES, type Stage } from '../../events/task/vocabulary.js';
import { isLoopbackHost } from '../loopback-host.js';

export { ROLES, type Role, type StagePolicy } from './settings-table.js';

/** Waits between attempts: first, doubling, capped; each with up to half of it taken off at random. */
export interface BackOffPolicy {
  readonly firstMs: number;
  readonly capMs: number;
}

/** A setting is wrong. The message names the variable and what it takes. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
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
  /** Remotes on private and loopback addresses: none, all, or those of names, addresses and CIDR ranges. */
  readonly allowPrivateHosts: boolean | readonly string[];
  /** Bounds of one fetch of a repository; `lowSpeedBytes` in a second, 0: none. */
  readonly git: { readonly lowSpeedBytes: number; readonly lowSpeedS: number; readonly mostBytes: number };
  /** How often mirrors are looked after (0: never), and when unused ones are deleted (0: never). */
  readonly mirrors: { readonly upkeepS: number; readonly expireDays: number };
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

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and validates the settings. Throws SettingsError with one line for each setting that is wrong. */
export function readSettings(env: Environment): Settings {
  const { values, problems } = readValues(env);
  problems.push(...problemsBetween(values));
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return {
    port: values.PORT,
    host: values.HOST,
    hosts: values.SLIPWAY_HOSTS.map((name) => name.toLowerCase()),
    corsOrigins: values.SLIPWAY_CORS_ORIGINS.map((origin) => origin.toLowerCase()),
    trustProxy: values.SLIPWAY_TRUST_PROXY,
    dataDir: resolve(values.SLIPWAY_DATA_DIR),
    eventStoreUrl: values.EVENTSTORE_URL,
    databaseUrl: values.DATABASE_URL,
    providers: values.SLIPWAY_PROVIDERS,
    roles: new Set<Role>(values.SLIPWAY_ROLES),
    localRepoRoots: values.SLIPWAY_LOCAL_REPO_ROOTS.map((root) => resolve(root)),
    localAgentEnv: values.SLIPWAY_LOCAL_AGENT_ENV,
    allowPrivateHosts: values.SLIPWAY_ALLOW_PRIVATE_HOSTS,
    git: {
      lowSpeedBytes: values.SLIPWAY_GIT_LOW_SPEED_BYTES,
      lowSpeedS: values.SLIPWAY_GIT_LOW_SPEED_S,
      mostBytes: values.SLIPWAY_GIT_MOST_MIB * 1_048_576,
    },
    mirrors: { upkeepS: values.SLIPWAY_MIRROR_UPKEEP_S, expireDays: values.SLIPWAY_MIRROR_EXPIRE_DAYS },
    defaultAgent: values.SLIPWAY_DEFAULT_AGENT,
    agents: [...new Set([values.SLIPWAY_DEFAULT_AGENT, ...values.SLIPWAY_AGENTS])],
    providerConcurrency: values.SLIPWAY_PROVIDER_CONCURRENCY,
    stages: Object.fromEntries(STAGES.map((stage) => [stage, policyOf(stage, values)])) as Record<
      Stage,
      StagePolicy
    >,
    backOff: { firstMs: values.SLIPWAY_BACKOFF_FIRST_MS, capMs: values.SLIPWAY_BACKOFF_CAP_MS },
    simulated: {
      file: values.SLIPWAY_SIMULATED_FILE,
      latencyMs: values.SLIPWAY_SIMULATED_LATENCY_MS,
      ledger: values.SLIPWAY_SIMULATED_LEDGER,
      failures: values.SLIPWAY_SIMULATED_FAILURES,
    },
    shutdownMs: values.SLIPWAY_SHUTDOWN_MS,
    auditEveryS: values.SLIPWAY_AUDIT_EVERY_S,
    logLevel: values.LOG_LEVEL,
  };
}

/** Each variable by itself. One that is wrong has its default in the values and a line in the problems. */
function readValues(env: Environment): { values: Values; problems: string[] } {
  const problems: string[] = [];
  const read = (variable: string, { kind, fallback }: Setting<unknown>): unknown => {
    const text = env[variable]?.trim();
    // An empty variable counts as unset.
    if (!text) return fallback;
    try {
      return kind.read(text);
    } catch (error) {
      if (!(error instanceof NotTakenError)) throw error;
      problems.push(`${variable} ${error.message}`);
      return fallback;
    }
  };
  const entries = Object.entries(SETTINGS) as [Variable, Setting<unknown>][];
  const values = Object.fromEntries(entries.map(([name, setting]) => [name, read(name, setting)])) as Values;
  return { values, problems };
}

/** What is wrong with settings that are right each by itself. */
function problemsBetween(values: Values): string[] {
  if (isLoopbackHost(values.HOST)) return [];
  const missing = (['SLIPWAY_TRUST_PROXY', 'SLIPWAY_HOSTS'] as const).filter(
    (name) => values[name].length === 0,
  );
  if (missing.length === 0) return [];
  return [
    `HOST=${values.HOST} lets others in, and nothing asks who they are: leave HOST unset (127.0.0.1), or put a proxy that authenticates in front and set SLIPWAY_TRUST_PROXY to its address and SLIPWAY_HOSTS to the names by which the service is reached (missing: ${missing.join(', ')})`,
  ];
}

const policyOf = (stage: Stage, values: Values): StagePolicy => ({
  timeoutMs: values[stageVariable(stage, 'TIMEOUT_MS')],
  attempts: values[stageVariable(stage, 'ATTEMPTS')],
});
