import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { ProviderError } from '../../events/provider-error.js';
import { AgentApiError } from './agent-api.js';
import { adoptServer, type AgentServer, startServer, stopServer } from './agent-server.js';
import { AgentSession } from './agent-session.js';
import { borrowByRelativePath } from './borrowed-objects.js';
import type { LaunchOptions } from './launch-server.js';
import type { LocalLog } from './local-log.js';
import { placeMockAgent } from './mock-agent/mock-agent.js';
import { exists, folderBelow, writeBelow } from '../../platform/plain-files.js';
import { listUuids, type SandboxFiles } from './sandbox-files.js';

const Installed = Type.Object({ already_installed: Type.Boolean() });
const AGENT_TYPE = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Agents commit in a HOME that knows nobody. */
const GITCONFIG = '[user]\n\tname = Slipway agent\n\temail = agent@slipway.invalid\n';

/** Has an agent server run for a sandbox, with the agent that is wanted. One call a task at a time. */
export class AgentServers {
  private readonly launch: LaunchOptions;
  private readonly allowed: ReadonlySet<string> | null;
  private readonly log?: LocalLog;

  /** @param allowed the agent types that may be installed; null: all that sandbox-agent knows */
  constructor(launch: LaunchOptions, allowed: readonly string[] | null, log?: LocalLog) {
    this.launch = launch;
    this.allowed = allowed && new Set(allowed);
    this.log = log;
  }

  /**
   * The sandbox's server, adopted or started, with the agent type installed (which may download it).
   * @param readable folders of our data that the agent may read beside its sandbox
   * @throws ProviderError
   */
  async ensure(
    files: SandboxFiles,
    agentType: string,
    readable: readonly string[],
    signal: AbortSignal,
  ): Promise<AgentServer> {
    if (!AGENT_TYPE.test(agentType)) throw unknownAgent(agentType);
    if (this.allowed && !this.allowed.has(agentType)) throw agentNotAllowed(agentType);
    const server =
      (await adoptServer(files, signal, this.log)) ?? (await this.start(files, readable, signal));
    await install(server, agentType, signal);
    return server;
  }

  /** Stops it with all processes of the sandbox, after noting down what its sessions have said. */
  async release(files: SandboxFiles, signal: AbortSignal): Promise<void> {
    const server = await adoptServer(files, signal);
    if (server) await this.saveSessions(server, files, signal);
    await stopServer(files, signal);
  }

  private async start(
    files: SandboxFiles,
    readable: readonly string[],
    signal: AbortSignal,
  ): Promise<AgentServer> {
    for (const folder of ['home', 'data']) await folderBelow(files.root, folder);
    await placeMockAgent(files.root, files.data);
    if (!(await exists(join(files.home, '.gitconfig')))) {
      await writeBelow(files.root, 'home/.gitconfig', GITCONFIG, 0o644);
    }
    await borrowByRelativePath(files);
    const server = await startServer(files, this.launch, readable, signal);
    this.log?.info({ taskId: files.taskId, endpoint: server.endpoint }, 'agent server started');
    return server;
  }

  private async saveSessions(server: AgentServer, files: SandboxFiles, signal: AbortSignal): Promise<void> {
    const ids = await listUuids(files.sessions, '.json');
    const saved = await Promise.allSettled(ids.map((id) => new AgentSession(files, id).save(server, signal)));
    if (saved.some(({ status }) => status === 'rejected')) {
      this.log?.warn({ taskId: files.taskId }, 'the end of a session could not be read before its release');
    }
  }
}

async function install({ api }: AgentServer, agentType: string, signal: AbortSignal): Promise<void> {
  const path = `/v1/agents/${encodeURIComponent(agentType)}/install`;
  try {
    await api.call({
      method: 'POST',
      path,
      body: {},
      schema: Installed,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AgentApiError && error.type.endsWith(':unsupported_agent'))
      throw unknownAgent(agentType);
    if (error instanceof ProviderError) throw error;
    const message = `The agent "${agentType}" could not be installed: ${(error as Error).message}`;
    throw new ProviderError('agent_install_failed', message, { retryable: true, cause: error });
  }
}

function unknownAgent(agentType: string): ProviderError {
  const message = `There is no agent type "${agentType.slice(0, 64)}".`;
  return new ProviderError('agent_unknown', message, { retryable: false });
}

function agentNotAllowed(agentType: string): ProviderError {
  const message = `The agent type "${agentType}" is not allowed here. Add it to SLIPWAY_AGENTS to allow it.`;
  return new ProviderError('agent_not_allowed', message, { retryable: false });
}
