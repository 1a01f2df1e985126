import { beforeAll, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { readFile, writeFile } from 'node:fs/promises';
import { COMMAND_GROUPS } from '../../src/cli/command-groups.js';
import { EXIT_CODES_HELP } from '../../src/cli/exit-code.js';

const PAGE = 'docs/cli.md';
const INTRODUCTION = `# The command line

Written from the commands' own \`--help\` by \`npm run docs:cli\`; what to do with them is told in the [README](../README.md#the-command-line) and in [Operations](operations.md).

\`slipway\` is \`npx slipway\` from the package, and \`npm run -s slipway -- …\` in a checkout. \`--data-dir <dir>\` in front of a command
(or \`SLIPWAY_DATA_DIR\`) says whose service it is about, \`SLIPWAY_URL\` where that listens if it is elsewhere, \`SLIPWAY_TOKEN\`
who asks. With \`--json\` programs can read what it prints. What deletes only shows what it would do, until \`--yes\`.

${EXIT_CODES_HELP}.`;
/** As wide as a terminal that nobody has made wider. */
const WIDTH = 80;

/** The help of a command as `--help` prints it. */
function helpOf(command: Command): string {
  let text = '';
  command
    .configureOutput({
      writeOut: (part) => (text += part),
      getOutHelpWidth: () => WIDTH,
      getOutHasColors: () => false,
    })
    .outputHelp();
  return text.trimEnd();
}

const namesOf = (command: Command): string =>
  command.parent ? `${namesOf(command.parent)} ${command.name()}` : command.name();

/** Those that do something: the command itself, or all below it. */
const leavesOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

describe('the page of the command line', () => {
  let groups: Command[];
  beforeAll(async () => {
    const program = new Command('slipway');
    for (const { description, load } of Object.values(COMMAND_GROUPS))
      program.addCommand((await load()).description(description));
    groups = [...program.commands];
  });

  const rendered = (): string => {
    const parts = groups.map((group) => {
      const leaves = leavesOf(group);
      const heading = `## ${namesOf(group)}\n\n${capital(group.description())}.`;
      const helps = leaves.map((leaf) => `\`\`\`text\n${helpOf(leaf)}\n\`\`\``);
      if (leaves[0] === group) return [heading, ...helps].join('\n\n');
      return [heading, ...helps.map((help, index) => `### ${namesOf(leaves[index]!)}\n\n${help}`)].join(
        '\n\n',
      );
    });
    return `${[INTRODUCTION, ...parts].join('\n\n')}\n`;
  };

  it('is as the commands are (bring it up to date with: npm run docs:cli)', async () => {
    const page = rendered();
    if (process.env['WRITE_DOCS'] === '1') await writeFile(PAGE, page);
    expect(await readFile(PAGE, 'utf8')).toBe(page);
  });

  it('has nothing of this machine or of its settings', () => {
    expect(rendered()).not.toContain(process.cwd());
    expect(rendered()).not.toContain(process.env['HOME']! + '/');
  });
});

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
