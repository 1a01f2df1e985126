import dotenv from 'dotenv';
import { Command, CommanderError } from 'commander';
import { slipwayVersion } from '../platform/version.js';
import { COMMAND_GROUPS } from './command-groups.js';
import { EXIT_CODES_HELP, exitCodeOf } from './exit-code.js';
import { endWhenNobodyReads, printError, printPairs, withVisibleOutput } from './output.js';

/** What a shell asks with the words up to the cursor; see completion-cli.ts. */
const COMPLETE = '__complete';

/** `slipway`: what a person types. */
async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('slipway')
    .description(
      'Slipway from the command line. Finds the running service through SLIPWAY_DATA_DIR, its API through SLIPWAY_URL.',
    )
    .option('--data-dir <dir>', 'data directory of the service (default: SLIPWAY_DATA_DIR or ./.slipway)')
    .version(slipwayVersion(), '-V, --version', 'print the version')
    .showHelpAfterError()
    .addHelpText(
      'after',
      `\nEach group and each command has its own --help: slipway replay task --help\n\n${EXIT_CODES_HELP}`,
    );
  for (const [name, { description, load }] of Object.entries(COMMAND_GROUPS)) {
    const group = argv.includes(name) ? await load() : new Command(name);
    program.addCommand(group.description(description));
  }
  withVisibleOutput(program);
  if (argv[2] !== COMPLETE) return void (await program.parseAsync(argv));
  const { completions } = await import('./completion/completions.js');
  printPairs(completions(program, argv.slice(3)).map(({ value, description }) => [value, description]));
}

dotenv.config({ quiet: true });
endWhenNobodyReads();
main(process.argv).catch((error: unknown) => {
  // What commander refuses it has said by itself.
  if (!(error instanceof CommanderError)) printError('slipway', error);
  process.exitCode = exitCodeOf(error);
});
