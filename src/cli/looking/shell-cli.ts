import { Command } from 'commander';
import { CliError } from '../exit-code.js';
import { findService } from '../find-service.js';
import { dataDirOf } from '../global-options.js';
import { printError, streams } from '../output.js';
import { runShell } from './run-shell.js';

const TASK_ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';

/** `slipway shell`: a shell in a task's sandbox. */
export function shellCommand(): Command {
  const shell = new Command('shell');
  return shell
    .argument('<taskId>')
    .addHelpText(
      'after',
      `
It is the agent's: it runs as the agent does, in its checkout, and ends with this connection. "~." at the beginning of a line
leaves it. What runs there writes to this terminal, as over ssh: open it for tasks whose agents you would let do that.
Exit code: the shell's.

Example:
  slipway shell ${TASK_ID}`,
    )
    .action(async (taskId: string) => {
      if (!process.stdin.isTTY || !streams.out.isTTY)
        throw new CliError('usage', 'A shell takes a terminal to type into.');
      const { exitCode, reason } = await runShell(await findService(dataDirOf(shell)), taskId);
      if (exitCode === null) printError('slipway', reason);
      process.exitCode = exitCode ?? 1;
    });
}
