import { join, relative } from 'node:path';
import { writeBelow } from '../../../platform/plain-files.js';
import type { AgentPlaces } from './agent-places.js';
import type { SandboxFiles } from '../sandbox-files.js';
import { codexArguments } from './codex-arguments.js';
import { type KnownAgent, knownAgent } from './known-agents.js';

/**
 * Places launchers of an installed agent where sandbox-agent looks for it in a sandbox. Doing it again replaces them, also
 * with those of another version.
 * @param folder where it is installed
 * @param places how it is found in the sandbox
 */
export async function placeAgent(
  files: SandboxFiles,
  agentType: string,
  folder: string,
  { env, node, seen }: AgentPlaces,
): Promise<void> {
  const agent = knownAgent(agentType);
  if (agent === undefined) return;
  const { root, data } = files;
  const bin = relative(root, join(data, 'sandbox-agent', 'bin'));
  const more = agentType === 'codex' ? codexArguments(env) : [];
  const start = launcher(agent, node, seen(folder, files), more);
  await writeBelow(root, join(bin, 'agent_processes', agent.adapter), start, 0o755);
  // Without it sandbox-agent would download the agent's own program.
  await writeBelow(root, join(bin, agent.native), `#!/bin/sh\necho ${quoted(agent.version)}\n`, 0o755);
}

/** A shell script that becomes the agent, with variables that are not set otherwise. */
function launcher(
  { program, isScript, args, env }: KnownAgent,
  node: string,
  folder: string,
  more: readonly string[],
): string {
  const unlessSet = Object.entries(env).map(
    ([name, value]) => `[ -n "\${${name}+set}" ] || export ${name}=${quoted(value)}\n`,
  );
  const words = [...(isScript ? [node] : []), join(folder, program), ...args, ...more].map(quoted);
  return `#!/bin/sh\n${unlessSet.join('')}exec ${words.join(' ')} "$@"\n`;
}

/** For a POSIX shell. What is quoted is ours, but a folder's name may hold a space. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
