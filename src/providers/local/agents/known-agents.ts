import { join } from 'node:path';

/** How an agent is installed, and how sandbox-agent is made to find and start it. */
export interface KnownAgent {
  /** The npm package and its exact version: an agent changes when this line does, not when somebody publishes. */
  readonly package: string;
  readonly version: string;
  /** The program within the installed folder whose presence says that the installation is whole. */
  readonly program: string;
  /** Whether node runs the program, or it runs by itself. */
  readonly isScript: boolean;
  /** What the program is told so that it speaks ACP. */
  readonly args: readonly string[];
  /** sandbox-agent's name of the agent's own program, which it only looks for, and of what speaks ACP for it. */
  readonly native: string;
  readonly adapter: string;
  /** Variables that the agent has unless it was given others. */
  readonly env: Readonly<Record<string, string>>;
}

/** Of the platform; the local provider needs Linux. */
const ARCH = process.arch;

/**
 * The agents that Slipway installs. Others that sandbox-agent knows it installs by itself, in each sandbox anew. Not
 * every version will do: see docs/agents.md.
 */
export const KNOWN_AGENTS: Readonly<Record<string, KnownAgent>> = {
  claude: {
    package: '@agentclientprotocol/claude-agent-acp',
    version: '0.49.0',
    program: 'node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js',
    isScript: true,
    args: [],
    native: 'claude',
    adapter: 'claude-acp',
    env: { DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
  },
  codex: {
    package: '@zed-industries/codex-acp',
    version: '0.16.0',
    program: `node_modules/@zed-industries/codex-acp-linux-${ARCH}/bin/codex-acp`,
    isScript: false,
    args: [],
    native: 'codex',
    adapter: 'codex-acp',
    env: {},
  },
  opencode: {
    package: 'opencode-ai',
    version: '1.18.33',
    program: `node_modules/opencode-linux-${ARCH}/bin/opencode`,
    isScript: false,
    args: ['acp'],
    native: 'opencode',
    adapter: 'opencode-acp',
    env: { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_PERMISSION: '{"edit":"ask","bash":"ask"}' },
  },
};

/** The known agent; undefined for others, also where an object has something under that name. */
export function knownAgent(agentType: string): KnownAgent | undefined {
  return Object.hasOwn(KNOWN_AGENTS, agentType) ? KNOWN_AGENTS[agentType] : undefined;
}

/** An agent's folder below the one of all agents: another version is another folder. */
export function folderOf(agentsDir: string, agentType: string, { version }: KnownAgent): string {
  return join(agentsDir, `${agentType}-${version}`);
}
