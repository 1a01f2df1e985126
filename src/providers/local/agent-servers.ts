import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { ProviderError } from '../../events/provider-error.js';
import { AgentApiError } from './agent-api.js';
import type { AgentInstaller } from './agents/agent-installer.js';
import type { AgentPlaces } from './agents/agent-places.js';
import { placeAgent } from './agents/place-agent.js';
import { borrowByRelativePath } from './borrowed-objects.js';
import { placeMockAgent } from './mock-agent/mock-agent.js';
import { exists, folderBelow, writeBelow } from '../../platform/plain-files.js';
import type { SandboxFiles } from './sandbox-files.js';
import type { AgentServer } from './sandbox-host.js';

const Installed = Type.Object({ already_installed: Type.Boolean() });
const AGENT_TYPE = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Agents commit in a HOME that knows nobody. */
const GITCONFIG = '[user]\n\tname = Slipway agent\n\temail = agent@slipway.invalid\n';

/** Where a sandbox's server comes from. */
interface Origin {
  readonly adopt: () => Promise<AgentServer | null>;
  readonly start: () => Promise<AgentServer>;
}

/** Has an agent server run for a sandbox, with the agent that is wanted. One call a task at a time. */
export class AgentServers {
  private readonly allowed: ReadonlySet<string> | null;

  /** @param allowed the agent types that may be installed; null: all that sandbox-agent knows */
  constructor(
    allowed: readonly string[] | null,
    private readonly installer: AgentInstaller,
    private readonly places: AgentPlaces,
  ) {
    this.allowed = allowed && new Set(allowed);
  }

  /**
   * The sandbox's server, adopted or started, with the agent type installed: once a machine where we know how, else by
   * sandbox-agent in this sandbox.
   * @throws ProviderError
   */
  async ensure(
    files: SandboxFiles,
    agentType: string,
    { adopt, start }: Origin,
    signal: AbortSignal,
  ): Promise<AgentServer> {
    if (!AGENT_TYPE.test(agentType)) throw unknownAgent(agentType);
    if (this.allowed && !this.allowed.has(agentType)) throw agentNotAllowed(agentType);
    const installed = await this.installer.ensure(agentType, signal);
    let server = await adopt();
    if (server === null) {
      await this.prepare(files);
      server = await start();
    }
    if (installed !== undefined) await placeAgent(files, agentType, installed, this.places);
    await install(server, agentType, signal);
    return server;
  }

  private async prepare(files: SandboxFiles): Promise<void> {
    await makeHome(files);
    await placeMockAgent(files, this.places);
    await borrowByRelativePath(files);
  }
}

/** The folders that a sandbox's programs are at home in. */
export async function makeHome(files: SandboxFiles): Promise<void> {
  for (const folder of ['home', 'data']) await folderBelow(files.root, folder);
  if (await exists(join(files.home, '.gitconfig'))) return;
  await writeBelow(files.root, 'home/.gitconfig', GITCONFIG, 0o644);
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
