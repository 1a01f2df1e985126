import type { Command, Option } from 'commander';

/** Something that may stand where the cursor is. */
export interface Completion {
  readonly value: string;
  readonly description: string;
}

/**
 * What may stand in place of the last of the words, which follow `slipway`; '' for one that has not been begun. The
 * commands themselves are asked, so that nothing has to be kept in step. Nothing where a file or a free text belongs.
 */
export function completions(program: Command, words: readonly string[]): Completion[] {
  const last = words.at(-1) ?? '';
  const { command, awaiting, argument } = placeOf(program, words.slice(0, -1));
  const all = awaiting
    ? choicesOf(awaiting.argChoices)
    : last.startsWith('-')
      ? optionsOf(command)
      : thingsOf();
  return all.filter(({ value }) => value.startsWith(last));

  function thingsOf(): Completion[] {
    const commands = command.commands.map((each) => ({
      value: each.name(),
      description: each.description(),
    }));
    return [...commands, ...choicesOf(command.registeredArguments[argument]?.argChoices)];
  }
}

interface Place {
  readonly command: Command;
  /** The option whose value comes next. */
  readonly awaiting: Option | undefined;
  /** Which of the command's arguments comes next, from 0. */
  readonly argument: number;
}

function placeOf(program: Command, words: readonly string[]): Place {
  let command = program;
  let awaiting: Option | undefined;
  let argument = 0;
  for (const word of words) {
    if (awaiting !== undefined) {
      awaiting = undefined;
    } else if (word.startsWith('-')) {
      const option = lineage(command)
        .flatMap(({ options }) => options)
        .find(({ long, short }) => word === long || word === short);
      awaiting = option?.required ? option : undefined;
    } else {
      const next = command.commands.find((each) => each.name() === word);
      argument = next === undefined ? argument + 1 : 0;
      command = next ?? command;
    }
  }
  return { command, awaiting, argument };
}

function optionsOf(command: Command): Completion[] {
  const options = lineage(command).flatMap(({ options }) => options.filter(({ hidden }) => !hidden));
  const help = { value: '--help', description: 'display help for command' };
  return [...options.map(({ long, short, description }) => ({ value: long ?? short!, description })), help];
}

/** The command and those above it, whose options it takes as well. */
const lineage = (command: Command): Command[] => [
  command,
  ...(command.parent ? lineage(command.parent) : []),
];

const choicesOf = (choices: readonly string[] | undefined): Completion[] =>
  (choices ?? []).map((value) => ({ value, description: '' }));
