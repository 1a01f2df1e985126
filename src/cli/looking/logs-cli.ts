import type { LogSource } from '@slipway/client';
import { Command, Option } from 'commander';
import { LOG_SOURCES } from '../../platform/sandbox-log.js';
import { findService } from '../find-service.js';
import { dataDirOf, withJson } from '../global-options.js';
import { print, printError, printJsonLine } from '../output.js';

const TASK_ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';

interface Options {
  readonly source: LogSource;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** `slipway logs`: what the programs of a task's sandbox put out. */
export function logsCommand(): Command {
  const logs = withJson(new Command('logs'));
  return logs
    .argument('<taskId>')
    .addOption(
      new Option('--source <source>', "the agent's words, the setup's, or all of the sandbox's agent server")
        .choices(LOG_SOURCES)
        .default('agent'),
    )
    .option('--follow', 'go on with what comes, until it is stopped')
    .addHelpText(
      'after',
      `
With --json each line is one JSON string.

Examples:
  slipway logs ${TASK_ID}
  slipway logs ${TASK_ID} --source setup --follow`,
    )
    .action(async (taskId: string, { source, follow, json }: Options) => {
      const client = await findService(dataDirOf(logs));
      const show = (lines: readonly string[]) =>
        lines.forEach((line) => (json ? printJsonLine(line) : print(line)));
      let after: string | undefined;
      for (let more = true; more;) {
        const page = await client.getLog(taskId, { source, after });
        show(page.items);
        ({ next: after, more } = page);
      }
      if (!follow) return;
      for await (const update of client.followLog(taskId, source, { after })) {
        if (update.type === 'lines') show(update.lines);
        else printError('slipway', update.reason);
      }
    });
}
