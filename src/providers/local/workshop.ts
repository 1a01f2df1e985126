import { join } from 'node:path';
import { Checkouts } from './checkouts.js';
import { Git } from '../../repository/git.js';
import { probeTools } from './host-tools.js';
import type { LocalLog } from './local-log.js';
import { type FetchLimits, NO_LIMITS } from './mirror-fetch.js';
import { MirrorUpkeep, type UpkeepOptions } from './mirror-upkeep.js';
import { MirrorUses } from './mirror-uses.js';
import { sweepAccess } from '../../repository/credentials/git-access.js';
import type { CredentialSource } from '../../repository/credentials/credentials.js';
import type { EnvSource } from '../../repository/credentials/project-envs.js';
import type { RouteOptions } from '../../repository/remote-route.js';
import type { SandboxHost } from './sandbox-host.js';
import { foldersOf, makeFolders, recordsDirOf } from './sandbox-files.js';

/** What a provider needs to know to make checkouts and to speak with their agents. */
export interface CheckoutOptions extends RouteOptions {
  /** Everything that the provider keeps lies below; made when it is not there. One service at a time may use it. */
  readonly dataDir: string;
  /** The longest that one git call may take, in milliseconds; without, the stage's own limit decides alone. */
  readonly gitTimeoutMs?: number;
  /** How long an agent may take for an answer without which its session cannot be used, in milliseconds. */
  readonly agentAnswerMs?: number;
  /** What was never committed is kept with a branch up to this many bytes; any amount by default. */
  readonly mostUncommittedBytes?: number;
  /** What opens repositories that are not for everybody; without, only those are fetched. */
  readonly credentials?: CredentialSource;
  /** Where sandboxes' variables are found; without, they get none. */
  readonly envs?: EnvSource;
  /** What one fetch may cost; anything by default. */
  readonly fetchLimits?: FetchLimits;
  /** How often mirrors are packed and unused ones deleted, and after how long, in milliseconds; never by default. */
  readonly mirrorUpkeep?: UpkeepOptions & { readonly everyMs: number };
  /** The agent types that may be installed; all that sandbox-agent knows when absent. */
  readonly agents?: readonly string[];
  readonly log?: LocalLog;
}

/** What a provider of agents adds to that. */
export interface AgentOptions {
  /** How long a server may take to start, in milliseconds. */
  readonly serverStartMs?: number;
  /** Names of our environment's variables that agents get, e.g. `ANTHROPIC_API_KEY`; none by default. */
  readonly agentEnv?: readonly string[];
  /** Where agents are installed, once for all sandboxes; a folder in `dataDir` when absent. */
  readonly agentsDir?: string;
  /** How long a caller waits for an agent that is being installed, in milliseconds. */
  readonly agentInstallMs?: number;
}

export const SERVER_START_MS = 60_000;
export const AGENT_INSTALL_MS = 600_000;

/** What does a provider's work, once it is known what the machine offers. */
export interface Workshop {
  readonly checkouts: Checkouts;
  readonly upkeep: MirrorUpkeep;
  readonly host: SandboxHost;
}

/**
 * Tries out the machine and makes what the provider keeps beside sandboxes.
 * @param openHost the same, for what runs in sandboxes
 * @throws ProviderError where it cannot work here
 */
export async function openWorkshop(
  options: CheckoutOptions,
  openHost: () => Promise<SandboxHost>,
): Promise<Workshop> {
  const { dataDir, gitTimeoutMs, log } = options;
  const folders = foldersOf(dataDir);
  const home = join(dataDir, 'git-home');
  await makeFolders(folders.sandboxes, recordsDirOf(folders.sandboxes), folders.mirrors, home);
  const { locks } = await probeTools(environment(['PATH']));
  if (!locks) log?.warn({}, 'no flock here: nothing keeps two processes from fetching into one mirror');
  const host = await openHost();
  const access = options.credentials && { source: options.credentials, folder: join(dataDir, 'access') };
  if (access) await sweepAccess(access.folder);
  const git = new Git({ timeoutMs: gitTimeoutMs, home, locks });
  const uses = new MirrorUses();
  return {
    checkouts: new Checkouts(folders.mirrors, git, uses, host, {
      routes: { ...options, access },
      limits: options.fetchLimits ?? NO_LIMITS,
      mostUncommittedBytes: options.mostUncommittedBytes ?? Infinity,
      log,
    }),
    upkeep: new MirrorUpkeep(folders, git, uses, options.mirrorUpkeep ?? {}, log),
    host,
  };
}

/** The named variables of our own environment, as far as they are set. */
export function environment(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
