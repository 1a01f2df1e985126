import dotenv from 'dotenv';
import { Command } from 'commander';
import { endWhenNobodyReads, printError, withVisibleOutput } from './output.js';

interface Group {
  readonly description: string;
  readonly load: () => Promise<Command>;
}

/** The groups of commands. Each is loaded only when it is asked for, so that the CLI starts fast. */
const GROUPS: Record<string, Group> = {
  tasks: {
    description: 'create, list, show, watch, retry, archive, resume and kill tasks',
    load: async () => (await import('./tasks/tasks-cli.js')).tasksCommand(),
  },
  sessions: {
    description: "work in a task's sessions: prompts, questions of the agent, settings",
    load: async () => (await import('./sessions/sessions-cli.js')).sessionsCommand(),
  },
  chat: {
    description: 'talk with the agent of a task in the terminal',
    load: async () => (await import('./chat/chat-cli.js')).chatCommand(),
  },
  streams: {
    description: 'list, show and follow the streams of the event store',
    load: async () => (await import('./streams/streams-cli.js')).streamsCommand(),
  },
  replay: {
    description: 'look at the past of a task, and run the saga dry over it',
    load: async () => (await import('./replay/replay-cli.js')).replayCommand(),
  },
  projections: {
    description: 'show how the rows are, verify them, and make them anew',
    load: async () => (await import('./projections/projections-cli.js')).projectionsCommand(),
  },
  events: {
    description: 'export, import and copy the events',
    load: async () => (await import('./events/events-cli.js')).eventsCommand(),
  },
  parked: {
    description: 'list, replay and discard what was parked',
    load: async () => (await import('./parked/parked-cli.js')).parkedCommand(),
  },
  sandboxes: {
    description: 'compare what providers have with what the events say, and remove what no task owns',
    load: async () => (await import('./sandboxes/sandboxes-cli.js')).sandboxesCommand(),
  },
};

/** `slipway`: what a person types. */
async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('slipway')
    .description(
      'Slipway from the command line. Finds the running service through SLIPWAY_DATA_DIR, its API through SLIPWAY_URL.',
    )
    .option('--data-dir <dir>', 'data directory of the service (default: SLIPWAY_DATA_DIR or ./.slipway)')
    .showHelpAfterError()
    .addHelpText('after', '\nEach group and each command has its own --help: slipway replay task --help');
  for (const [name, { description, load }] of Object.entries(GROUPS)) {
    const group = argv.includes(name) ? await load() : new Command(name);
    program.addCommand(group.description(description));
  }
  await withVisibleOutput(program).parseAsync(argv);
}

dotenv.config({ quiet: true });
endWhenNobodyReads();
main(process.argv).catch((error: unknown) => {
  printError('slipway', error);
  process.exitCode = 1;
});
