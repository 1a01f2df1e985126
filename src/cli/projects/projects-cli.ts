import type { ProjectChange, ProjectWithSettings } from '@slipway/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parse } from 'dotenv';
import { readFile } from 'node:fs/promises';
import { PERMISSION_POLICIES, type PermissionPolicy } from '../../events/session/session-vocabulary.js';
import { durationText } from '../../events/task/lifecycle.js';
import { readSecret } from '../credentials/read-secret.js';
import { CliError } from '../exit-code.js';
import { findService } from '../find-service.js';
import { dataDirOf, wholeNumber, withJson } from '../global-options.js';
import { age, print, printJson, printTable } from '../output.js';

const PROJECT_ID = '0d6ef0cf-8b63-5a0b-9a43-7d0f5b6a4f11';
const SWITCH = ['on', 'off'] as const;
/** What `--clear` takes, and the field that it is. */
const FIELDS = {
  setup: 'setup',
  env: 'env',
  'agent-type': 'agentType',
  'permission-policy': 'permissionPolicy',
  author: 'commitAuthor',
  submodules: 'submodules',
  'idle-stop-after': 'idleStopAfter',
  'max-age': 'maxAge',
} as const satisfies Record<string, keyof ProjectChange>;
type Field = keyof typeof FIELDS;

interface SetOptions {
  readonly setup?: string;
  readonly setupFile?: string;
  readonly env?: string;
  readonly envFile?: string;
  readonly unsetEnv?: string[];
  readonly agentType?: string;
  readonly permissionPolicy?: PermissionPolicy;
  readonly author?: { name: string; email: string };
  readonly submodules?: (typeof SWITCH)[number];
  readonly idleStopAfter?: number;
  readonly maxAge?: number;
  readonly clear?: Field[];
  readonly json?: boolean;
}

/** `slipway projects …`: what the new tasks of a repository get. */
export function projectsCommand(): Command {
  const projects = new Command('projects');
  const api = () => findService(dataDirOf(projects));

  withJson(projects.command('list'))
    .description("list a workspace's projects: a repository each")
    .option('--workspace <id>', 'the workspace', 'default')
    .addHelpText('after', '\nExample:\n  slipway projects list')
    .action(async (o: { workspace: string; json?: boolean }) => {
      const client = await api();
      const items = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = await client.listProjects({ workspaceId: o.workspace, ...(cursor && { cursor }) });
        items.push(...page.items);
        cursor = page.next;
      }
      if (o.json) return printJson(items);
      if (items.length === 0) return print(`The workspace ${o.workspace} has no projects yet.`);
      printTable(
        ['PROJECT', 'TASKS', 'LAST ACTIVITY', 'REPOSITORY'],
        items.map((each) => [
          each.projectId,
          String(each.taskCount),
          `${age(each.lastActivityAt)} ago`,
          each.repoRemote,
        ]),
      );
    });

  withJson(projects.command('show'))
    .description(
      "show a project and what its new tasks get; of variables the names, since their values aren't shown",
    )
    .argument('<projectId>')
    .addHelpText('after', `\nExample:\n  slipway projects show ${PROJECT_ID}`)
    .action(async (projectId: string, { json }: { json?: boolean }) => {
      const project = await (await api()).getProject(projectId);
      if (json) return printJson(project);
      show(project);
    });

  withJson(projects.command('set'))
    .description("change what a project's new tasks get; what isn't named stays as it is")
    .argument('<projectId>')
    .option('--setup <commands>', 'lines for /bin/sh, run in the checkout before the agent starts')
    .option('--setup-file <file>', 'the same, from a file')
    .option('--env <name>', 'set a variable; its value is asked for, or read from standard input')
    .option('--env-file <file>', 'set the variables of a file of NAME=value lines')
    .option('--unset-env <names...>', 'remove variables')
    .option('--agent-type <type>', 'such as claude or codex')
    .addOption(
      new Option('--permission-policy <policy>', "how the agent's questions are answered").choices(
        PERMISSION_POLICIES,
      ),
    )
    .addOption(
      new Option('--author <name and address>', 'who commits what is left uncommitted').argParser(authorOf),
    )
    .addOption(new Option('--submodules <switch>', 'whether submodules are fetched').choices(SWITCH))
    .option('--idle-stop-after <seconds>', 'sandboxes stop when nothing happened for so long', wholeNumber(0))
    .option('--max-age <seconds>', 'sandboxes stop after so long, whatever happens', wholeNumber(0))
    .addOption(
      new Option('--clear <settings...>', 'as if they had never been set').choices(Object.keys(FIELDS)),
    )
    .addHelpText(
      'after',
      `
A value of a variable is no argument, since others on the machine could read it. Variables are stored encrypted, shown by
name only, and reach the setup and the agent inside of the sandbox alone.

Examples:
  slipway projects set ${PROJECT_ID} --setup 'npm ci' --agent-type claude
  slipway projects set ${PROJECT_ID} --env DATABASE_URL < url.txt
  slipway projects set ${PROJECT_ID} --author 'Acme Bot <bot@acme.example>' --submodules on
  slipway projects set ${PROJECT_ID} --clear setup env`,
    )
    .action(async (projectId: string, o: SetOptions) => {
      const change = await changeOf(o);
      if (Object.keys(change).length === 0)
        throw new CliError('usage', 'Say what to set: slipway projects set --help.');
      const project = await (await api()).changeProject(projectId, change);
      if (o.json) return printJson(project);
      show(project);
    });

  return projects;
}

async function changeOf(o: SetOptions): Promise<ProjectChange> {
  if (o.setup !== undefined && o.setupFile !== undefined)
    throw new CliError('usage', 'Give --setup or --setup-file, not both.');
  const change: ProjectChange = {};
  for (const field of o.clear ?? []) Object.assign(change, { [FIELDS[field]]: null });
  const setup = o.setupFile === undefined ? o.setup : await readFile(o.setupFile, 'utf8');
  if (setup !== undefined) change.setup = setup;
  if (o.agentType !== undefined) change.agentType = o.agentType;
  if (o.permissionPolicy !== undefined) change.permissionPolicy = o.permissionPolicy;
  if (o.author !== undefined) change.commitAuthor = o.author;
  if (o.idleStopAfter !== undefined) change.idleStopAfter = o.idleStopAfter;
  if (o.maxAge !== undefined) change.maxAge = o.maxAge;
  if (o.submodules !== undefined) change.submodules = o.submodules === 'on';
  const env: Record<string, string | null> = {};
  for (const name of o.unsetEnv ?? []) env[name] = null;
  if (o.envFile !== undefined) Object.assign(env, parse(await readFile(o.envFile, 'utf8')));
  if (o.env !== undefined) env[o.env] = await readSecret(`Value of ${o.env}`);
  if (Object.keys(env).length > 0) {
    if (change.env === null)
      throw new CliError('usage', 'Clear all variables, or change some; not both at once.');
    change.env = env;
  }
  return change;
}

function authorOf(text: string): { name: string; email: string } {
  const [, name, email] = /^\s*(.+?)\s*<([^<>]*)>\s*$/s.exec(text) ?? [];
  if (name === undefined || email === undefined)
    throw new InvalidArgumentError("Give a name and an address, as in 'Jane Doe <jane@example.com>'.");
  return { name, email };
}

function show({ settings, ...project }: ProjectWithSettings): void {
  const { setup, env, agentType, permissionPolicy, commitAuthor, submodules, idleStopAfter, maxAge } =
    settings;
  const after = (seconds: number | null) =>
    seconds === null ? null : seconds === 0 ? 'never' : durationText(seconds);
  const onOff = (value: boolean | null) => (value === null ? null : value ? 'on' : 'off');
  printTable(
    ['PROJECT', project.projectId],
    [
      ['repository', project.repoRemote],
      ['workspace', project.workspaceId],
      ['tasks', String(project.taskCount)],
      ['setup', setup === null ? null : setup.trimEnd().split('\n').join('; ')],
      ['variables', env.length === 0 ? null : env.join(', ')],
      ['agent type', agentType],
      ['permission policy', permissionPolicy],
      ['author', commitAuthor && `${commitAuthor.name} <${commitAuthor.email}>`],
      ['submodules', onOff(submodules)],
      ['stops idle after', after(idleStopAfter)],
      ['stops awake after', after(maxAge)],
    ].map(([name, value]) => [name!, value ?? 'not set']),
  );
}
