import { Command, Option } from 'commander';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { CliError } from '../exit-code.js';
import { findService } from '../find-service.js';
import { dataDirOf, wholeNumber } from '../global-options.js';
import { print, printError } from '../output.js';
import { forwardingServer } from './forwarding-server.js';

const TASK_ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';
const LAST_PORT = 65_535;

/** `slipway forward`: a port of a task's sandbox, on this machine. */
export function forwardCommand(): Command {
  const forward = new Command('forward');
  return forward
    .argument('<taskId>')
    .argument('<port>', 'that a program in the sandbox listens on', wholeNumber(1, LAST_PORT))
    .addOption(
      new Option('--local <port>', 'that is opened here, 0 for any; the same when left out').argParser(
        wholeNumber(0, LAST_PORT),
      ),
    )
    .addHelpText(
      'after',
      `
Opens the port on 127.0.0.1 until it is stopped. What answers there is the agent's: trust it as far as the agent.

Examples:
  slipway forward ${TASK_ID} 3000
  slipway forward ${TASK_ID} 3000 --local 8080`,
    )
    .action(async (taskId: string, port: number, { local = port }: { local?: number }) => {
      const client = await findService(dataDirOf(forward));
      // Said now, not at the first connection.
      await client.getTask(taskId);
      const server = forwardingServer(client, taskId, port, (reason) => printError('slipway', reason));
      server.listen(local, '127.0.0.1');
      await once(server, 'listening').catch((error: Error) => {
        throw new CliError('usage', `Port ${local} cannot be opened here: ${error.message}`);
      });
      const { port: opened } = server.address() as AddressInfo;
      print(`http://127.0.0.1:${opened} leads to port ${port} of the sandbox, until Ctrl-C.`);
      await once(server, 'close');
    });
}
