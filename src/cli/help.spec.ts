import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { eventsCommand } from './events/events-cli.js';
import { parkedCommand } from './parked/parked-cli.js';
import { projectionsCommand } from './projections/projections-cli.js';
import { replayCommand } from './replay/replay-cli.js';
import { sandboxesCommand } from './sandboxes/sandboxes-cli.js';
import { sessionsCommand } from './sessions/sessions-cli.js';
import { streamsCommand } from './streams/streams-cli.js';
import { tasksCommand } from './tasks/tasks-cli.js';

const commands = [
  eventsCommand(),
  parkedCommand(),
  projectionsCommand(),
  replayCommand(),
  sandboxesCommand(),
  sessionsCommand(),
  streamsCommand(),
  tasksCommand(),
].flatMap((group) =>
  group.commands.map((command) => [`${group.name()} ${command.name()}`, command] as const),
);

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

describe('the help of each command', () => {
  it.each(commands)('%s says what it does, by example, and offers JSON', (name, command) => {
    const help = helpOf(command);
    expect(command.description()).not.toBe('');
    expect(help).toMatch(new RegExp(`Examples?.*:\\n(.*\\n)?.*slipway ${name}`));
    expect(help).toContain('--json');
    for (const { description } of command.options) expect(description).not.toBe('');
  });
});
