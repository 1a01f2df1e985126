import { join, relative } from 'node:path';
import { writeBelow } from '../../../platform/plain-files.js';
import { mockAgentProgram } from './mock-agent-program.js';
import { mockDirectives } from './mock-directives.js';
import { mockLook } from './mock-look.js';

/** The mock agent as a program that node can run from anywhere: plain JavaScript without imports. */
export function mockAgentSource(): string {
  const works = [mockLook, mockDirectives].map(String).join(',\n');
  return `// Slipway's mock agent, written out by Slipway.\nawait (${String(mockAgentProgram)})(${works});\n`;
}

/**
 * Places the mock agent where sandbox-agent looks for it below `dataHome` (its `XDG_DATA_HOME`): a
 * launcher that runs the program with this very node. Doing it again replaces both.
 * @param root the sandbox's folder: below it no link is followed
 */
export async function placeMockAgent(root: string, dataHome: string): Promise<void> {
  const program = join(dataHome, 'slipway-mock-agent.mjs');
  const launcher = join(dataHome, 'sandbox-agent', 'bin', 'agent_processes', 'mock-acp');
  const start = `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(program)}\n`;
  await writeBelow(root, relative(root, program), mockAgentSource(), 0o644);
  await writeBelow(root, relative(root, launcher), start, 0o755);
}

/** For a POSIX shell. Both paths are ours, but a folder's name may hold a space. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
