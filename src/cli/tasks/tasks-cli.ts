import {
  SlipwayError,
  type LinkStatus,
  type NewTask,
  type SlipwayClient,
  type TaskRecord,
  type TaskStatus,
} from '@slipway/client';
import { Command, Option } from 'commander';
import { TASK_STATUSES } from '../../events/task/vocabulary.js';
import { findService } from '../find-service.js';
import { parsePast } from '../moment.js';
import { dataDirOf, wholeNumber, withJson, withYes } from '../global-options.js';
import { age, print, printError, printJson, printJsonLine, printTable } from '../output.js';
import { showTask } from './show-task.js';
import { StageDrawing, isSettled, linkLost } from './stage-drawing.js';
import { CliError } from '../exit-code.js';

const TASK_ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';

interface CreateOptions {
  readonly repo: string;
  readonly workspace?: string;
  readonly title?: string;
  readonly branch?: string;
  readonly on?: string;
  readonly provider?: string;
  readonly agent?: string;
  readonly setup?: string;
  readonly idleStopAfter?: number;
  readonly maxAge?: number;
  readonly key?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

interface ListOptions {
  readonly workspace?: string;
  readonly status?: TaskStatus;
  readonly needsYou?: boolean;
  readonly agent?: string;
  readonly find?: string;
  readonly since?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const example = (...commands: string[]): string =>
  `\nExample${commands.length > 1 ? 's' : ''}:\n${commands.map((command) => `  slipway tasks ${command}`).join('\n')}`;

/** `slipway tasks …`: the API from the command line. */
export function tasksCommand(): Command {
  const tasks = new Command('tasks');
  const api = () => findService(dataDirOf(tasks));

  withJson(tasks.command('create'))
    .description('create a task')
    .requiredOption('--repo <remote>', 'address of the git repository')
    .argument('<prompt>', 'what is to be done')
    .option('--workspace <id>', 'the workspace (default: "default")')
    .option('--title <title>', "the task's title (default: from the prompt)")
    .option('--branch <name>', "the task's own branch (default: from the prompt)")
    .option('--on <branch>', 'the branch to start from')
    .option('--provider <id>', "where its sandbox is made (default: the service's first)")
    .option('--agent <type>', "the agent (default: the service's)")
    .option(
      '--setup <commands>',
      "what to run in the sandbox before the agent starts (default: the repository's .slipway/setup.sh)",
    )
    .option(
      '--idle-stop-after <seconds>',
      "stop the sandbox when nothing happened for so long; the next prompt wakes it (0: never; default: the project's)",
      wholeNumber(0),
    )
    .option(
      '--max-age <seconds>',
      "stop the sandbox after so long, whatever happens (0: never; default: the project's)",
      wholeNumber(0),
    )
    .option('--key <key>', 'idempotency key: the same key is the same task')
    .option('--watch', 'watch it until it is running')
    .addHelpText(
      'after',
      example(
        "create 'fix: the login forgets the language' --repo https://github.com/acme/shop.git --watch",
        "create 'docs: how to deploy' --repo /srv/git/shop.git --on develop --branch docs/deploy --key deploy-docs",
      ),
    )
    .action(async (prompt: string, o: CreateOptions) => {
      const client = await api();
      const body: NewTask = {
        task: prompt,
        repoRemote: o.repo,
        workspaceId: o.workspace,
        title: o.title,
        branchName: o.branch,
        onBranch: o.on,
        providerId: o.provider,
        agentType: o.agent,
        setup: o.setup,
        idleStopAfter: o.idleStopAfter,
        maxAge: o.maxAge,
      };
      const record = await client.createTask(body, { idempotencyKey: o.key });
      if (!o.watch) return show(record, o.json);
      // First of all: whoever is cut short here can go on with it.
      if (!o.json) print(`task ${record.taskId}`);
      await watch(client, record.taskId, o.json);
    });

  withJson(tasks.command('list'))
    .description('list tasks, newest first')
    .option('--workspace <id>', 'the workspace (default: "default")')
    .addOption(new Option('--status <status>', 'only those').choices(TASK_STATUSES))
    .option('--needs-you', 'only those in which nothing goes on without somebody')
    .option('--agent <type>', 'only those of that agent')
    .option('--find <text>', 'only those with the text in title, branch, repository, prompt or id')
    .option(
      '--since <time>',
      'only those created since: a time, or how long ago, such as 2h or 7d',
      parsePast,
    )
    .option('--limit <n>', 'at most so many (up to 200)', wholeNumber(1), 50)
    .addHelpText(
      'after',
      example('list --status error --json', 'list --needs-you', 'list --find login --since 7d'),
    )
    .action(async (o: ListOptions) => {
      const { items } = await (
        await api()
      ).listTasks({
        workspaceId: o.workspace,
        status: o.status && [o.status],
        needsYou: o.needsYou,
        agentType: o.agent === undefined ? undefined : [o.agent],
        q: o.find,
        createdFrom: o.since,
        limit: o.limit,
      });
      if (o.json) return printJson(items);
      const rows = items.map((t) => [
        t.taskId,
        t.status,
        t.activity ?? '',
        t.needsYou ? 'yes' : '',
        age(t.createdAt),
        t.branchName ?? '',
        t.title ?? t.task.slice(0, 60),
      ]);
      printTable(['TASK', 'STATUS', 'ACTIVITY', 'NEEDS YOU', 'AGE', 'BRANCH', 'TITLE'], rows);
    });

  withJson(tasks.command('show'))
    .description('show a task as it is, or as it was')
    .argument('<taskId>')
    .option('--at <position|time>', 'as it was at that position or time')
    .addHelpText('after', example(`show ${TASK_ID} --at 2026-01-31T12:00:00Z`))
    .action(async (taskId: string, o: { at?: string; json?: boolean }) =>
      show(await (await api()).getTask(taskId, { at: o.at }), o.json),
    );

  withJson(tasks.command('watch'))
    .description(
      'draw the stages of a task while they happen, until it is running, in error, archived or killed',
    )
    .argument('<taskId>')
    .addHelpText(
      'after',
      `
With --json each state is one line. Goes on by itself when the connection was lost.
Exit code: 0 when the task is running, else 1.
${example(`watch ${TASK_ID}`)}`,
    )
    .action(async (taskId: string, o: { json?: boolean }) => watch(await api(), taskId, o.json));

  for (const [name, call, description] of [
    ['retry', 'retryTask', 'go on from the failed stage'],
    ['resume', 'resumeTask', 'bring an archived task back, with its files and sessions'],
  ] as const) {
    withJson(tasks.command(name))
      .description(description)
      .argument('<taskId>')
      .addHelpText('after', example(`${name} ${TASK_ID}`))
      .action(async (taskId: string, o: { json?: boolean }) =>
        show(await (await api())[call](taskId), o.json),
      );
  }

  withJson(tasks.command('archive'))
    .description('release the sandbox and keep its files')
    .argument('<taskId>')
    .option('--discard-changes', 'also where there is work on no remote: it stays with the files')
    .addHelpText('after', example(`archive ${TASK_ID}`))
    .action(async (taskId: string, o: { discardChanges?: boolean; json?: boolean }) => {
      const client = await api();
      const wish = { discardChanges: o.discardChanges };
      show(await told(() => client.archiveTask(taskId, wish), '--discard-changes'), o.json);
    });

  withJson(tasks.command('kill'))
    .description('destroy sandbox, processes, checkout and branch')
    .argument('<taskId>')
    .option('--keep-branch', 'all work outlives the sandbox: see slipway kept')
    .option('--discard-changes', 'also where there is work on no remote: it is gone then')
    .addHelpText('after', example(`kill ${TASK_ID} --keep-branch`))
    .action(async (taskId: string, o: { keepBranch?: boolean; discardChanges?: boolean; json?: boolean }) => {
      const client = await api();
      const wish = { keepBranch: o.keepBranch, discardChanges: o.discardChanges };
      show(
        await told(() => client.killTask(taskId, wish), '--keep-branch to keep it, or --discard-changes'),
        o.json,
      );
    });

  withYes(withJson(tasks.command('erase')), 'do it')
    .description('make what was said in a killed task unreadable, for good')
    .argument('<taskId>')
    .addHelpText(
      'after',
      `
Prompts, transcripts, titles, outputs and reasons are [erased] then, wherever they are shown; what happened and when
stays. What was pushed, kept work (slipway kept), exports and backups made before are not touched.
${example(`erase ${TASK_ID} --yes`)}`,
    )
    .action(async (taskId: string, { yes = false, json }: { yes?: boolean; json?: boolean }) => {
      const client = await api();
      if (yes) return show(await client.eraseTask(taskId), json);
      const { status, title, task } = await client.getTask(taskId);
      if (json) return printJson({ taskId, status, title, erased: false });
      const name = title ?? task.slice(0, 60);
      print(`What was said in "${name}" (${taskId}, ${status}) would be gone for good: add --yes.`);
    });

  return tasks;
}

/** What is on no remote is told of first; which options go on in spite of it, at the end. */
async function told(ask: () => Promise<TaskRecord>, options: string): Promise<TaskRecord> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'unpushed_work') throw error;
    throw new CliError(
      'refused',
      `${error.detail}\nPush it first (slipway push), or ask again with ${options}.`,
    );
  }
}

/** Ends when the task has settled; exit code 1 when that is not `running`. */
async function watch(client: SlipwayClient, taskId: string, json = false): Promise<void> {
  await client.getTask(taskId);
  const drawing = new StageDrawing();
  const onLink = (link: LinkStatus) => (json ? sayLost(link) : drawing.link(link));
  for await (const record of client.watchTask(taskId, { onLink })) {
    if (json) printJsonLine(record);
    else drawing.update(record);
    if (!isSettled(record.status)) continue;
    if (record.status !== 'running') process.exitCode = 1;
    break;
  }
  drawing.end();
}

/** Beside what programs read. */
function sayLost({ phase, retryAt, reason }: LinkStatus): void {
  if (phase === 'down' && retryAt !== null) printError('slipway', linkLost(reason));
}

function show(record: TaskRecord, json = false): void {
  if (json) return printJson(record);
  showTask(record);
}
