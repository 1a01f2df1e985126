import { Command } from 'commander';
import { setFlagsFromString } from 'node:v8';
import { dataDirOf, wholeNumber } from '../global-options.js';

/** `slipway up`: the service itself, until it is stopped. */
export function upCommand(): Command {
  const up = new Command('up');
  return up
    .option('--port <number>', 'the TCP port; 0 takes any free one (default: PORT or 3000)', wholeNumber(0))
    .addHelpText(
      'after',
      `
Serves the API and the page on http://127.0.0.1:3000 with its data in ./.slipway; settings come from the environment
or a file .env. Ctrl-C stops it, and tasks go on with the next start. A repository on this disk may be used only below
a folder that SLIPWAY_LOCAL_REPO_ROOTS names.

Example:
  SLIPWAY_LOCAL_REPO_ROOTS=$HOME/repos slipway up`,
    )
    .action(async ({ port }: { port?: number }) => {
      // As main.ts does: a third less memory under load.
      setFlagsFromString('--heap-growing-percent=80');
      process.env['SLIPWAY_DATA_DIR'] = dataDirOf(up);
      if (port !== undefined) process.env['PORT'] = String(port);
      const { endWithNpm } = await import('../../app/end-with-npm.js');
      const { runService } = await import('../../app/run-service.js');
      endWithNpm(process.env);
      await runService();
    });
}
