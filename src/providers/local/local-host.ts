import { join } from 'node:path';
import { ProviderError } from '../../events/provider-error.js';
import type { SetupRun, SetupSpec } from '../sandbox-provider.js';
import { adoptLayout } from './adopt-layout.js';
import { AgentInstaller } from './agents/agent-installer.js';
import {
  adoptServer,
  capOutput,
  isServerRunning,
  runningServer,
  startServer,
  stopServer,
} from './agent-server.js';
import { AgentServers } from './agent-servers.js';
import type { Isolation } from './agent-namespace.js';
import { probeIsolation } from './host-tools.js';
import { type LaunchOptions, serverBinary } from './launch-server.js';
import { fileBytes, readPage } from './log-pages.js';
import { markedProcesses, processesOf } from './process-tree.js';
import type { LogPage, LogSource } from '../../platform/sandbox-log.js';
import { removeTree } from '../../platform/remove-tree.js';
import {
  foldersOf,
  listUuids,
  makeAgentsFolder,
  makeFolders,
  recordsDirOf,
  type SandboxFiles,
  sandboxFiles,
} from './sandbox-files.js';
import type { AgentServer, HostedSandbox, SandboxHost, SandboxProcesses } from './sandbox-host.js';
import { giveFolder } from './give-folder.js';
import { sandboxUser } from './sandbox-user.js';
import { setupOutput, SetupRunner } from './setup-runner.js';
import { dropTempParent, ensureTempParent, tempOf } from './temp-folders.js';
import {
  AGENT_INSTALL_MS,
  type AgentOptions,
  type CheckoutOptions,
  environment,
  SERVER_START_MS,
} from './workshop.js';

export interface LocalOptions extends CheckoutOptions, AgentOptions {
  /** The folder that agents are not to see but for their own sandbox; `dataDir` when absent, which lies in it. */
  readonly hiddenDir?: string;
  /** Whether each sandbox has a user of its own where we are root; no by default. */
  readonly ownUsers?: boolean;
  /** False does without namespaces also where they work (for tests). */
  readonly namespaces?: boolean;
}

const CAP_EVERY_MS = 60_000;

/** What agents can do where they cannot be kept apart from us. */
const SEEN = {
  user: undefined,
  view: undefined,
  processes:
    'No mount namespaces here: agents can read and write all that Slipway stores, also its passwords and other sandboxes.',
  none: 'No namespaces here: agents can read and write all that Slipway stores, and outlive their sandbox by clearing their environment.',
} as const;

const ROOT =
  'Agents run as root: they have no users of their own here. That takes util-linux, mounts, and that every user may pass the folders above the data directory, node and Slipway.';

/** What does not hold, a sentence each. @param ownUsers whether users of their own are wanted */
function lacking(isolation: Isolation, ownUsers = false): string[] {
  const seen = SEEN[isolation];
  const isRoot = ownUsers && isolation !== 'user' && process.geteuid?.() === 0;
  return [...(seen === undefined ? [] : [seen]), ...(isRoot ? [ROOT] : [])];
}

/**
 * Sandboxes whose processes are ours, in namespaces where the machine allows any: they run as a user of their own where we are
 * root, else as the user that we are.
 */
class LocalHost implements SandboxHost {
  readonly notices: readonly string[];
  private readonly sandboxesDir: string;
  private readonly capTimer: NodeJS.Timeout;
  private readonly servers: AgentServers;
  private readonly setups: SetupRunner;

  constructor(
    private readonly options: LocalOptions,
    private readonly launch: LaunchOptions,
    installer: AgentInstaller,
  ) {
    this.sandboxesDir = foldersOf(options.dataDir).sandboxes;
    this.notices = lacking(launch.isolation, options.ownUsers);
    this.servers = new AgentServers(options.agents ?? null, installer, {
      env: launch.env,
      node: process.execPath,
      seen: (path) => path,
    });
    this.setups = new SetupRunner({ ...launch, env: environment(['PATH', 'LANG']) });
    this.capTimer = setInterval(() => void this.capOutputs(), CAP_EVERY_MS).unref();
  }

  checkoutSeen({ checkout }: SandboxFiles): string {
    return checkout;
  }

  processes(taskId: string): SandboxProcesses {
    return processesOf(taskId);
  }

  adopt(files: SandboxFiles, signal: AbortSignal): Promise<AgentServer | null> {
    return adoptServer(files, signal, this.options.log);
  }

  running(files: SandboxFiles): Promise<AgentServer | null> {
    return runningServer(files);
  }

  ensure(sandbox: HostedSandbox, agentType: string, signal: AbortSignal): Promise<AgentServer> {
    const { files } = sandbox;
    return this.servers.ensure(
      files,
      agentType,
      {
        adopt: () => this.adopt(files, signal),
        start: async () => {
          const server = await startServer(files, this.launch, sandbox, signal);
          this.options.log?.info({ taskId: files.taskId, endpoint: server.endpoint }, 'agent server started');
          return server;
        },
      },
      signal,
    );
  }

  runSetup(sandbox: HostedSandbox, spec: SetupSpec, signal: AbortSignal): Promise<SetupRun> {
    return this.setups.run(sandbox.files, spec, sandbox, signal);
  }

  setupOutput(files: SandboxFiles): Promise<string | null> {
    return setupOutput(files);
  }

  readLog(files: SandboxFiles, source: LogSource, after: bigint): Promise<LogPage> {
    return readPage(fileBytes(source === 'setup' ? files.setupLog : files.log), source, after);
  }

  /** Sandboxes share the machine's network: what listens on a port may as well be the service, its stores or another's sandbox. */
  openPort(): Promise<never> {
    const reason =
      "Sandboxes of local listen on the machine's own ports; only the provider docker can tell them apart.";
    return Promise.reject(new ProviderError('no_ports', reason));
  }

  async handOver(folder: string, taskId: string, signal: AbortSignal): Promise<void> {
    if (this.launch.isolation === 'user') await giveFolder(folder, taskId, sandboxUser(taskId), signal);
  }

  stop(files: SandboxFiles, signal: AbortSignal): Promise<void> {
    return stopServer(files, signal);
  }

  async remove({ taskId }: SandboxFiles, signal: AbortSignal): Promise<void> {
    await removeTree(tempOf(this.launch.hidden.temp, taskId), signal);
  }

  async list(): Promise<ReadonlyMap<string, boolean>> {
    const marked = await markedProcesses();
    const found = new Map<string, boolean>();
    const folders = [this.sandboxesDir, recordsDirOf(this.sandboxesDir)];
    for (const taskId of (await Promise.all(folders.map((each) => listUuids(each)))).flat()) {
      if (found.has(taskId)) continue;
      const files = sandboxFiles(this.sandboxesDir, taskId);
      found.set(taskId, marked.has(taskId) || (await isServerRunning(files)));
    }
    return found;
  }

  async close(): Promise<void> {
    clearInterval(this.capTimer);
    await dropTempParent(tempRecordOf(this.options.dataDir));
  }

  private async capOutputs(): Promise<void> {
    for (const taskId of await listUuids(this.sandboxesDir)) {
      await capOutput(sandboxFiles(this.sandboxesDir, taskId)).catch(() => undefined);
    }
  }
}

/**
 * Tries out how far agents can be kept apart from us, and makes what they need beside their sandboxes.
 * @param closed fires when the provider is closed
 * @throws ProviderError where it cannot work here
 */
export async function openLocalHost(options: LocalOptions, closed: AbortSignal): Promise<SandboxHost> {
  const { dataDir, agentEnv = [], namespaces = true, ownUsers = false, log } = options;
  const { sandboxes, mirrors } = foldersOf(dataDir);
  const stage = join(dataDir, 'view');
  const agentsDir = options.agentsDir ?? join(dataDir, 'agents');
  await makeAgentsFolder(agentsDir);
  await makeFolders(stage);
  await adoptLayout(dataDir, sandboxes, log);
  const temp = await ensureTempParent(tempRecordOf(dataDir));
  const hidden = { stage, data: options.hiddenDir ?? dataDir, temp, runnable: [agentsDir] };
  const user = sandboxUser('none');
  const view = { ...hidden, cwd: sandboxes, writable: [sandboxes], readable: [mirrors], user };
  const programs = [serverBinary(), process.execPath];
  const isolation = namespaces
    ? await probeIsolation(environment(['PATH']), view, programs, { ownUsers })
    : 'none';
  for (const what of lacking(isolation, true)) log?.warn({ isolation, ownUsers }, what);
  const launch = {
    isolation,
    hidden,
    env: environment(['PATH', 'LANG', ...agentEnv]),
    startMs: options.serverStartMs ?? SERVER_START_MS,
    log,
  };
  const installer = new AgentInstaller({
    agentsDir,
    patienceMs: options.agentInstallMs ?? AGENT_INSTALL_MS,
    closed,
    log,
  });
  return new LocalHost(options, launch, installer);
}

/** Remembers where the sandboxes' temporary files lie. */
function tempRecordOf(dataDir: string): string {
  return join(dataDir, 'temp.json');
}
