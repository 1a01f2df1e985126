import { describe, expect, it } from '@jest/globals';
import { Argument, Command, Option } from 'commander';
import { completions } from './completions.js';

const program = new Command('slipway').option('--data-dir <dir>', 'where');
const tasks = program.command('tasks').description('work with tasks');
tasks
  .command('list')
  .addOption(new Option('-s, --status <status>', 'only those').choices(['running', 'error']))
  .option('--json', 'for programs');
tasks.command('show').argument('<taskId>');
program.command('shell').addArgument(new Argument('<shell>').choices(['bash', 'zsh']));

const values = (...words: string[]) => completions(program, words).map(({ value }) => value);

describe('completions', () => {
  it('are commands, with what they are', () => {
    expect(values('')).toEqual(['tasks', 'shell']);
    expect(completions(program, ['ta'])).toEqual([{ value: 'tasks', description: 'work with tasks' }]);
    expect(values('tasks', '')).toEqual(['list', 'show']);
    expect(values('tasks', 'x')).toEqual([]);
  });

  it("are a command's options and those of the commands above it", () => {
    expect(values('tasks', 'list', '-')).toEqual(['--status', '--json', '--data-dir', '--help']);
    expect(values('tasks', 'list', '--js')).toEqual(['--json']);
  });

  it('are the values that an option or an argument takes', () => {
    expect(values('tasks', 'list', '--status', '')).toEqual(['running', 'error']);
    expect(values('tasks', 'list', '-s', 'e')).toEqual(['error']);
    expect(values('shell', 'z')).toEqual(['zsh']);
    expect(values('shell', 'zsh', '')).toEqual([]);
  });

  it('are none where a file or a text belongs', () => {
    expect(values('--data-dir', '')).toEqual([]);
    expect(values('tasks', 'show', '')).toEqual([]);
  });

  it('go on behind the value of an option', () => {
    expect(values('--data-dir', 'tasks', 'ta')).toEqual(['tasks']);
    expect(values('tasks', 'list', '--status', 'error', '--j')).toEqual(['--json']);
  });
});
