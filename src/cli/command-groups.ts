import type { Command } from 'commander';

/** A group of commands, which is one command where it has none below it. */
export interface CommandGroup {
  readonly description: string;
  readonly load: () => Promise<Command>;
}

/** The groups of commands by name. Each is loaded only when it is asked for, so that the CLI starts fast. */
export const COMMAND_GROUPS: Readonly<Record<string, CommandGroup>> = {
  up: {
    description: 'start the service here',
    load: async () => (await import('./up/up-cli.js')).upCommand(),
  },
  demo: {
    description: 'see a task go through its stages, with nothing to prepare',
    load: async () => (await import('./demo/demo-cli.js')).demoCommand(),
  },
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
  changes: {
    description: "list a task's changed files, show their diff, and look into its checkout",
    load: async () => (await import('./changes/changes-cli.js')).changesCommand(),
  },
  logs: {
    description: "print what the programs of a task's sandbox put out",
    load: async () => (await import('./looking/logs-cli.js')).logsCommand(),
  },
  shell: {
    description: "open a shell in a task's sandbox",
    load: async () => (await import('./looking/shell-cli.js')).shellCommand(),
  },
  forward: {
    description: "open a port of a task's sandbox on this machine",
    load: async () => (await import('./looking/forward-cli.js')).forwardCommand(),
  },
  push: {
    description: "push a task's branch to its remote",
    load: async () => (await import('./actions/push-cli.js')).pushCommand(),
  },
  pr: {
    description: "push a task's branch and open a pull request of it, or find the open one",
    load: async () => (await import('./actions/push-cli.js')).pullRequestCommand(),
  },
  kept: {
    description: 'list, fetch and delete what outlived its sandbox',
    load: async () => (await import('./kept/kept-cli.js')).keptCommand(),
  },
  projects: {
    description: "list projects, and show and change what a project's new tasks get",
    load: async () => (await import('./projects/projects-cli.js')).projectsCommand(),
  },
  credentials: {
    description: 'set, list and delete what a workspace opens its git hosts with',
    load: async () => (await import('./credentials/credentials-cli.js')).credentialsCommand(),
  },
  webhooks: {
    description: 'whom a workspace tells of what happens to its tasks',
    load: async () => (await import('./webhooks/webhooks-cli.js')).webhooksCommand(),
  },
  workspaces: {
    description: 'how much workspaces may have, and have had',
    load: async () => (await import('./workspaces/workspaces-cli.js')).workspacesCommand(),
  },
  tokens: {
    description: 'make, list and revoke the access tokens of SLIPWAY_AUTH=tokens',
    load: async () => (await import('./tokens/tokens-cli.js')).tokensCommand(),
  },
  logins: {
    description: 'list who has logged in with a browser, and put them out',
    load: async () => (await import('./tokens/logins-cli.js')).loginsCommand(),
  },
  audit: {
    description: 'who did what, when and from where, and what was refused',
    load: async () => (await import('./audit/audit-cli.js')).auditCommand(),
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
  backup: {
    description: 'write all that cannot be made anew into a file or folder',
    load: async () => (await import('./backup/backup-cli.js')).backupCommand(),
  },
  restore: {
    description: 'bring a backup into an empty data directory, and verify it',
    load: async () => (await import('./backup/restore-cli.js')).restoreCommand(),
  },
  parked: {
    description: 'list, replay and discard what was parked',
    load: async () => (await import('./parked/parked-cli.js')).parkedCommand(),
  },
  sandboxes: {
    description: 'compare what providers have with what the events say, and remove what no task owns',
    load: async () => (await import('./sandboxes/sandboxes-cli.js')).sandboxesCommand(),
  },
  doctor: {
    description: 'look at everything that Slipway needs here, and say what to do',
    load: async () => (await import('./doctor/doctor-cli.js')).doctorCommand(),
  },
  completion: {
    description: 'print what makes bash, zsh or fish complete commands and options',
    load: async () => (await import('./completion/completion-cli.js')).completionCommand(),
  },
};
