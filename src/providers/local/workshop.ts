import { join } from 'node:path';
import { adoptLayout } from './adopt-layout.js';
import { AgentServers } from './agent-servers.js';
import { Checkouts } from './checkouts.js';
import { Git } from '../../repository/git.js';
import { probeHost } from './host-tools.js';
import { serverBinary } from './launch-server.js';
import type { LocalLog } from './local-log.js';
import { type FetchLimits, NO_LIMITS } from './mirror-fetch.js';
import { MirrorUpkeep, type UpkeepOptions } from './mirror-upkeep.js';
import { MirrorUses } from './mirror-uses.js';
import type { RouteOptions } from '../../repository/remote-route.js';
import { makeFolders, recordsDirOf } from './sandbox-files.js';
import { ensureTempParent } from './temp-folders.js';

export interface LocalOptions extends RouteOptions {
  /** Everything that the provider keeps lies below; made when it is not there. One service at a time may use it. */
  readonly dataDir: string;
  /** The longest that one git call may take, in milliseconds; without, the stage's own limit decides alone. */
  readonly gitTimeoutMs?: number;
  /** How long a server may take to start, in milliseconds. */
  readonly serverStartMs?: number;
  /** How long an agent may take for an answer without which its session cannot be used, in milliseconds. */
  readonly agentAnswerMs?: number;
  /** What was never committed is kept with a branch up to this many bytes; any amount by default. */
  readonly mostUncommittedBytes?: number;
  /** What one fetch may cost; anything by default. */
  readonly fetchLimits?: FetchLimits;
  /** How often mirrors are packed and unused ones deleted, and after how long, in milliseconds; never by default. */
  readonly mirrorUpkeep?: UpkeepOptions & { readonly everyMs: number };
  /** Names of our environment's variables that agents get, e.g. `ANTHROPIC_API_KEY`; none by default. */
  readonly agentEnv?: readonly string[];
  /** The agent types that may be installed; all that sandbox-agent knows when absent. */
  readonly agents?: readonly string[];
  /** The folder that agents are not to see but for their own sandbox; `dataDir` when absent, which lies in it. */
  readonly hiddenDir?: string;
  /** False does without namespaces also where they work (for tests). */
  readonly namespaces?: boolean;
  readonly log?: LocalLog;
}

const SERVER_START_MS = 60_000;

/** What does a provider's work, once it is known what the machine offers. */
export interface Workshop {
  readonly checkouts: Checkouts;
  readonly upkeep: MirrorUpkeep;
  readonly servers: AgentServers;
  /** Where the sandboxes' temporary files lie. */
  readonly temp: string;
}

/** What agents can do where they cannot be kept apart from us. */
const SEEN = {
  processes:
    'no mount namespaces here: agents can read and write all that Slipway stores, also its passwords and other sandboxes',
  none: 'no namespaces here: agents can read and write all that Slipway stores, and outlive their sandbox by clearing their environment',
} as const;

/**
 * Tries out the machine and makes what the provider keeps beside sandboxes.
 * @throws ProviderError where it cannot work here
 */
export async function openWorkshop(
  options: LocalOptions,
  sandboxesDir: string,
  mirrorsDir: string,
): Promise<Workshop> {
  const { dataDir, gitTimeoutMs, agentEnv = [], namespaces = true, log } = options;
  const home = join(dataDir, 'git-home');
  const stage = join(dataDir, 'view');
  await makeFolders(sandboxesDir, recordsDirOf(sandboxesDir), mirrorsDir, home, stage);
  await adoptLayout(dataDir, sandboxesDir, log);
  const temp = await ensureTempParent(tempRecordOf(dataDir));
  const hidden = { stage, data: options.hiddenDir ?? dataDir, temp };
  const view = {
    ...hidden,
    cwd: sandboxesDir,
    writable: [sandboxesDir],
    readable: [mirrorsDir],
  };
  const tools = await probeHost(environment(['PATH']), view, [serverBinary(), process.execPath]);
  const isolation = namespaces ? tools.isolation : 'none';
  if (isolation !== 'view') log?.warn({ isolation }, SEEN[isolation]);
  if (!tools.locks) log?.warn({}, 'no flock here: nothing keeps two processes from fetching into one mirror');
  const git = new Git({ timeoutMs: gitTimeoutMs, home, locks: tools.locks });
  const uses = new MirrorUses();
  const limits = options.fetchLimits ?? NO_LIMITS;
  const folders = { mirrors: mirrorsDir, sandboxes: sandboxesDir };
  const launch = {
    isolation,
    hidden,
    env: environment(['PATH', 'LANG', ...agentEnv]),
    startMs: options.serverStartMs ?? SERVER_START_MS,
    log,
  };
  return {
    checkouts: new Checkouts(mirrorsDir, git, uses, {
      routes: options,
      limits,
      mostUncommittedBytes: options.mostUncommittedBytes ?? Infinity,
      log,
    }),
    upkeep: new MirrorUpkeep(folders, git, uses, options.mirrorUpkeep ?? {}, log),
    servers: new AgentServers(launch, options.agents ?? null, log),
    temp,
  };
}

/** Remembers where the sandboxes' temporary files lie. */
export function tempRecordOf(dataDir: string): string {
  return join(dataDir, 'temp.json');
}

/** The named variables of our own environment, as far as they are set. */
function environment(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
