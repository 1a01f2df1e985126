import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runCli } from '../../support/run-cli.js';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, '../../../dist/cli/slipway.js');

/** What bash offers once a line has been typed, its last word begun. */
async function offered(...words: string[]): Promise<string[]> {
  const script = (await runCli(['completion', 'bash'])).stdout;
  const typed = ['slipway', ...words];
  const { stdout } = await run(
    'bash',
    [
      '-c',
      `slipway() { "$NODE" "$CLI" "$@"; }
eval "$SCRIPT"
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_slipway
printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      ...typed,
    ],
    { env: { PATH: process.env.PATH, NODE: process.execPath, CLI, SCRIPT: script } },
  );
  return stdout.split('\n').slice(0, -1);
}

describe('slipway completion', () => {
  it('has bash complete commands, options and their values', async () => {
    expect(await offered('ta')).toEqual(['tasks']);
    expect(await offered('tasks', 'arch')).toEqual(['archive']);
    expect(await offered('tasks', 'list', '--sta')).toEqual(['--status']);
    expect(await offered('tasks', 'list', '--status', 'arch')).toEqual(['archiving', 'archived']);
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('writes a script for each shell, and knows no others', async () => {
    for (const shell of ['bash', 'zsh', 'fish'])
      expect(await runCli(['completion', shell])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('slipway __complete'),
      });
    expect(await runCli(['completion', 'cmd'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('has the version', async () => {
    expect((await runCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
