import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mockAgentProgram } from './mock-agent-program.js';

/** The mock agent as a program that node can run from anywhere: plain JavaScript without imports. */
export function mockAgentSource(): string {
  return `// Slipway's mock agent, written out by Slipway.\n${mockAgentProgram.toString()}\nawait ${mockAgentProgram.name}();\n`;
}

/**
 * Places the mock agent where sandbox-agent looks for it below `dataHome` (its `XDG_DATA_HOME`): a
 * launcher that runs the program with this very node. Doing it again replaces both.
 */
export async function placeMockAgent(dataHome: string): Promise<void> {
  const program = join(dataHome, 'slipway-mock-agent.mjs');
  const launcher = join(dataHome, 'sandbox-agent', 'bin', 'agent_processes', 'mock-acp');
  await mkdir(dirname(launcher), { recursive: true });
  await replace(program, mockAgentSource(), 0o644);
  await replace(launcher, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(program)}\n`, 0o755);
}

async function replace(file: string, text: string, mode: number): Promise<void> {
  await writeFile(`${file}.new`, text);
  await chmod(`${file}.new`, mode);
  await rename(`${file}.new`, file);
}

/** For a POSIX shell. Both paths are ours, but a folder's name may hold a space. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
