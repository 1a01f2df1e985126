import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../../events/provider-error.js';
import { variableNameProblem } from '../../platform/env-variables.js';
import { connectPlain } from '../../platform/plain-sockets.js';
import { type LogPage, type LogSource, noLog } from '../../platform/sandbox-log.js';
import { removeTree } from '../../platform/remove-tree.js';
import { AgentApi } from '../local/agent-api.js';
import { isHealthy } from '../local/agent-server.js';
import { AgentServers } from '../local/agent-servers.js';
import { AgentInstaller } from '../local/agents/agent-installer.js';
import { killSandbox } from '../local/process-tree.js';
import { makeAgentsFolder, makeFolders, type SandboxFiles } from '../local/sandbox-files.js';
import { variableLines } from '../local/sandbox-variables.js';
import type { AgentServer, HostedSandbox, SandboxHost, SandboxProcesses } from '../local/sandbox-host.js';
import { AGENT_INSTALL_MS, environment, SERVER_START_MS } from '../local/workshop.js';
import type { SetupRun, SetupSpec } from '../sandbox-provider.js';
import { type ContainerPlan, LABEL } from './container-body.js';
import { containerPage, sinceOf } from './container-log.js';
import { containerProcesses } from './container-processes.js';
import { type Container, Containers, isRunning } from './containers.js';
import type { DockerOptions } from './docker-options.js';
import { EgressProxy } from './egress-proxy.js';
import { EgressRules } from './egress-rules.js';
import { Engine } from './engine.js';
import { inspectEngine } from './engine-check.js';
import { openContainerPort } from './port-door.js';
import { doorOf, makeRunFolder, runFolderOf } from './run-folder.js';
import { serveAgent } from './sandbox-scripts.js';
import { giveFolder } from '../local/give-folder.js';
import { sandboxUser } from '../local/sandbox-user.js';
import { AGENTS, DOOR_SOCKET, EGRESS, NODE, seenInTask, seenObjects, TASK } from './sandbox-view.js';
import { serviceId } from './service-id.js';
import { SetupContainers } from './setup-containers.js';

/** A busy machine may make a healthy server slow, and giving it up ends its sessions: it is asked patiently. */
const PATIENCE_MS = [500, 2_000, 5_000];
const LOOK_MS = 15;
const LONGEST_REASON = 300;

/** Sandboxes whose processes run in containers. */
class DockerHost implements SandboxHost {
  private readonly servers: AgentServers;
  private readonly setups: SetupContainers;
  private readonly agentsDir: string;
  private readonly agentEnv: Record<string, string>;
  private readonly egress?: EgressProxy;

  constructor(
    private readonly options: DockerOptions,
    private readonly containers: Containers,
    closed: AbortSignal,
  ) {
    this.agentsDir = agentsDirOf(options);
    this.agentEnv = environment(options.agentEnv ?? []);
    const { dataDir, egress, log } = options;
    if (egress.policy !== 'none')
      this.egress = new EgressProxy(join(dataDir, 'egress'), new EgressRules(egress), log);
    const installer = new AgentInstaller({
      agentsDir: this.agentsDir,
      patienceMs: options.agentInstallMs ?? AGENT_INSTALL_MS,
      closed,
      log: options.log,
    });
    this.servers = new AgentServers(options.agents ?? null, installer, {
      env: this.agentEnv,
      node: NODE,
      seen: (path, files) => (isBelow(path, files.root) ? seenInTask(path, files) : this.seenAgent(path)),
    });
    this.setups = new SetupContainers(containers, (sandbox) => this.plan(sandbox));
  }

  checkoutSeen(files: SandboxFiles): string {
    return seenInTask(files.checkout, files);
  }

  processes(taskId: string): SandboxProcesses {
    return containerProcesses(async () => {
      const found = await this.containers.find(taskId, 'agent', new AbortController().signal);
      return found && isRunning(found) ? found : null;
    });
  }

  async adopt(files: SandboxFiles, signal: AbortSignal): Promise<AgentServer | null> {
    const server = await this.look(files, signal);
    if (server === null) return null;
    for (const timeoutMs of PATIENCE_MS) {
      if (await isHealthy(server, signal, timeoutMs)) return server;
      if ((await this.look(files, signal))?.launchId !== server.launchId) return null;
    }
    return null;
  }

  async running(files: SandboxFiles): Promise<AgentServer | null> {
    // Who asks has sessions here: their agents may wait for it since we were started.
    await this.egress?.listen();
    return this.look(files, new AbortController().signal);
  }

  async ensure(sandbox: HostedSandbox, agentType: string, signal: AbortSignal): Promise<AgentServer> {
    await this.egress?.listen();
    const adopt = () => this.adopt(sandbox.files, signal);
    return this.servers.ensure(
      sandbox.files,
      agentType,
      { adopt, start: () => this.start(sandbox, signal) },
      signal,
    );
  }

  async runSetup(sandbox: HostedSandbox, spec: SetupSpec, signal: AbortSignal): Promise<SetupRun> {
    await this.egress?.listen();
    return this.setups.run(sandbox, spec, signal);
  }

  setupOutput(files: SandboxFiles, signal: AbortSignal): Promise<string | null> {
    return this.setups.output(files, signal);
  }

  async readLog(
    files: SandboxFiles,
    source: LogSource,
    after: bigint,
    signal: AbortSignal,
  ): Promise<LogPage> {
    if (source === 'setup') return this.setups.readLog(files, after, signal);
    const found = await this.containers.find(files.taskId, 'agent', signal);
    if (found === null) return noLog(after);
    const log = await this.containers.outputSince(found.Id, sinceOf(after), signal);
    return containerPage(log, source, after);
  }

  openPort({ taskId }: SandboxFiles, port: number, signal: AbortSignal): Promise<Duplex> {
    return openContainerPort(doorOf(this.options.dataDir, taskId), port, signal);
  }

  async handOver(folder: string, taskId: string, signal: AbortSignal): Promise<void> {
    if (process.geteuid?.() !== 0) return;
    await giveFolder(folder, taskId, sandboxUser(taskId), signal);
  }

  async stop({ taskId }: SandboxFiles, signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.containers.stop(taskId, 'agent', signal),
      this.containers.remove(taskId, 'setup', signal),
      // Programs of ours that outlived a service which was killed.
      killSandbox(taskId, undefined, signal),
    ]);
  }

  async remove({ taskId }: SandboxFiles, signal: AbortSignal): Promise<void> {
    await this.containers.remove(taskId, 'setup', signal);
    await this.containers.remove(taskId, 'agent', signal);
    await removeTree(runFolderOf(this.options.dataDir, taskId), signal);
  }

  list(signal: AbortSignal): Promise<ReadonlyMap<string, boolean>> {
    return this.containers.list(signal);
  }

  async close(): Promise<void> {
    await this.egress?.close();
  }

  private async look(files: SandboxFiles, signal: AbortSignal): Promise<AgentServer | null> {
    const found = await this.containers.find(files.taskId, 'agent', signal);
    // One that was made before the data directory was moved works in the old place.
    const isHere = found?.Mounts.some(
      ({ Destination, Source }) => Destination === TASK && Source === files.root,
    );
    return found !== null && isHere && isRunning(found) ? this.serverOf(found, files.taskId) : null;
  }

  private serverOf({ Id, State }: Container, taskId: string): AgentServer {
    const door = doorOf(this.options.dataDir, taskId);
    const launchId = `${Id.slice(0, 24)}-${State.StartedAt.replace(/\D/g, '')}`.slice(0, 64);
    return { launchId, api: new AgentApi({ connect: () => connectPlain(door, DOOR_SOCKET) }) };
  }

  /** A container anew: what a sandbox is lies in its folder. */
  private async start(sandbox: HostedSandbox, signal: AbortSignal): Promise<AgentServer> {
    const { files, workspaceId } = sandbox;
    const { taskId } = files;
    const deadline = performance.now() + (this.options.serverStartMs ?? SERVER_START_MS);
    await makeFolders(files.sessions);
    await this.containers.remove(taskId, 'agent', signal);
    const run = await makeRunFolder(this.options.dataDir, taskId, sandboxUser(taskId));
    const plan = this.plan(sandbox);
    try {
      const container = await this.containers.start(
        taskId,
        'agent',
        {
          ...plan,
          command: serveAgent(plan.hasWayOut),
          env: {
            ...this.plainEnv(),
            SANDBOX_AGENT_LOG_STDOUT: '1',
            SANDBOX_AGENT_LOG_HTTP: '0',
            IS_SANDBOX: '1',
          },
          input: variableLines({ ...this.agentEnv, ...(await sandbox.variables()) }),
          mounts: [...plan.mounts, { from: this.agentsDir, at: AGENTS }, ...run.mounts],
          labels: workspaceId === undefined ? {} : { [LABEL.workspace]: workspaceId },
        },
        signal,
      );
      const server = this.serverOf(container, taskId);
      while (performance.now() < deadline) {
        if (await isHealthy(server, signal, 2_000)) {
          this.options.log?.info({ taskId, container: container.Id.slice(0, 12) }, 'agent server started');
          return server;
        }
        if ((await this.look(files, signal)) === null) throw await this.notStarted(container, false);
        await sleep(LOOK_MS);
      }
      throw await this.notStarted(container, true);
    } catch (error) {
      await this.containers.remove(taskId, 'agent', new AbortController().signal).catch(() => undefined);
      throw error;
    }
  }

  private async notStarted({ Id }: Container, isSlow: boolean): Promise<ProviderError> {
    const log = await this.containers.output(Id, new AbortController().signal).catch(() => Buffer.alloc(0));
    const { serverStartMs = SERVER_START_MS } = this.options;
    const what = isSlow
      ? `The agent server was not ready within ${serverStartMs / 1_000} s.`
      : 'The agent server does not start.';
    const reason = `${what} ${log.toString().trim().slice(-LONGEST_REASON)}`.trim();
    return new ProviderError('agent_server_failed', reason, { retryable: true });
  }

  private plan({
    files,
    readable,
  }: HostedSandbox): Omit<ContainerPlan, 'name' | 'labels' | 'command' | 'env'> {
    const { image, limits } = this.options;
    return {
      image,
      limits,
      user: sandboxUser(files.taskId),
      hasWayOut: this.egress !== undefined,
      mounts: [
        { from: files.root, at: TASK, writable: true },
        ...readable.map((mirror) => ({ from: join(mirror, 'objects'), at: seenObjects(mirror) })),
        ...(this.egress ? [{ from: this.egress.folder, at: EGRESS }] : []),
      ],
    };
  }

  /** Of our variables those that are no secrets by their names: programs are run by them, and a shell takes none of them. */
  private plainEnv(): Record<string, string> {
    const names = Object.entries(this.agentEnv).filter(([name]) => variableNameProblem(name) !== null);
    return Object.fromEntries(names);
  }

  private seenAgent(path: string): string {
    return isBelow(path, this.agentsDir) ? join(AGENTS, path.slice(this.agentsDir.length)) : path;
  }
}

/**
 * Asks the engine what it is, and makes what containers need beside their sandboxes.
 * @param closed fires when the provider is closed
 * @throws ProviderError where it cannot work here
 */
export async function openDockerHost(options: DockerOptions, closed: AbortSignal): Promise<SandboxHost> {
  const engine = new Engine(options.engine);
  const limits = await inspectEngine(engine, options, closed);
  await makeAgentsFolder(agentsDirOf(options));
  await makeFolders(join(options.dataDir, 'run'));
  const containers = new Containers(engine, await serviceId(options.dataDir));
  return new DockerHost({ ...options, limits }, containers, closed);
}

const agentsDirOf = ({ agentsDir, dataDir }: DockerOptions): string => agentsDir ?? join(dataDir, 'agents');

const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);
