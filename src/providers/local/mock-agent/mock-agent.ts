import { join, relative } from 'node:path';
import { writeBelow } from '../../../platform/plain-files.js';
import type { AgentPlaces } from '../agents/agent-places.js';
import { quoted } from '../agents/place-agent.js';
import { mockAgentProgram } from './mock-agent-program.js';
import type { SandboxFiles } from '../sandbox-files.js';
import { mockDirectives } from './mock-directives.js';
import { mockLook } from './mock-look.js';

/** The mock agent as a program that node can run from anywhere: plain JavaScript without imports. */
export function mockAgentSource(): string {
  const works = [mockLook, mockDirectives].map(String).join(',\n');
  return `// Slipway's mock agent, written out by Slipway.\nawait (${String(mockAgentProgram)})(${works});\n`;
}

/**
 * Places the mock agent where sandbox-agent looks for it in a sandbox: a launcher that runs the program. Doing it again
 * replaces both.
 */
export async function placeMockAgent(
  files: Pick<SandboxFiles, 'root' | 'data'>,
  { node, seen }: Pick<AgentPlaces, 'node' | 'seen'>,
): Promise<void> {
  const { root, data } = files;
  const program = join(data, 'slipway-mock-agent.mjs');
  const launcher = join(data, 'sandbox-agent', 'bin', 'agent_processes', 'mock-acp');
  const start = `#!/bin/sh\nexec ${quoted(node)} ${quoted(seen(program, files))}\n`;
  await writeBelow(root, relative(root, program), mockAgentSource(), 0o644);
  await writeBelow(root, relative(root, launcher), start, 0o755);
}
