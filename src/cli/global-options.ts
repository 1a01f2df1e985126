import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';

/** The data directory that a command is to work in: `--data-dir`, else SLIPWAY_DATA_DIR, else ./.slipway. */
export function dataDirOf(command: Command): string {
  const { dataDir } = command.optsWithGlobals<{ dataDir?: string }>();
  return resolve(dataDir ?? process.env.SLIPWAY_DATA_DIR ?? './.slipway');
}

/** Adds `--json` to a command. */
export const withJson = (command: Command): Command => command.option('--json', 'print JSON for programs');

/** Adds `--yes` to a command that deletes, which without it is a dry run. */
export const withYes = (command: Command, what: string): Command =>
  command
    .option('--yes', what)
    .addOption(new Option('--dry-run', 'only show what it would do (the default)').conflicts('yes'));

/** An option's value as a whole number. Throws commander's InvalidArgumentError, which says what it takes. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const end = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
    throw new InvalidArgumentError(`It takes a whole number from ${least}${end}.`);
  };
