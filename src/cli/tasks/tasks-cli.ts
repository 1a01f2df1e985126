import { Command, Option } from 'commander';
import { TASK_STATUSES } from '../../events/task/vocabulary.js';
import type { TaskRecord } from '../../events/task/task-record.js';
import { ApiClient } from '../api-client.js';
import { dataDirOf, wholeNumber, withJson } from '../global-options.js';
import { age, printJson, printJsonLine, printTable } from '../output.js';
import { showTask } from './show-task.js';
import { StageDrawing, isSettled } from './stage-drawing.js';
import { watchTask } from './watch-task.js';

const TASK_ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';

const example = (...commands: string[]): string =>
  `\nExample${commands.length > 1 ? 's' : ''}:\n${commands.map((command) => `  slipway tasks ${command}`).join('\n')}`;

/** `slipway tasks …`: the API from the command line. */
export function tasksCommand(): Command {
  const tasks = new Command('tasks');
  const api = () => ApiClient.find(dataDirOf(tasks));

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
    .option('--key <key>', 'idempotency key: the same key is the same task')
    .option('--watch', 'watch it until it is running')
    .addHelpText(
      'after',
      example(
        "create 'fix: the login forgets the language' --repo https://github.com/acme/shop.git --watch",
        "create 'docs: how to deploy' --repo /srv/git/shop.git --on develop --branch docs/deploy --key deploy-docs",
      ),
    )
    .action(
      async (prompt: string, o: Record<string, string | undefined> & { json?: boolean; watch?: boolean }) => {
        const client = await api();
        const body = {
          task: prompt,
          repoRemote: o.repo,
          workspaceId: o.workspace,
          title: o.title,
          branchName: o.branch,
          onBranch: o.on,
          providerId: o.provider,
          agentType: o.agent,
        };
        const record = await client.createTask(body, o.key);
        if (o.watch) await watch(client, record.taskId, o.json);
        else show(record, o.json);
      },
    );

  withJson(tasks.command('list'))
    .description('list tasks, newest first')
    .option('--workspace <id>', 'the workspace (default: "default")')
    .addOption(new Option('--status <status>', 'only those').choices(TASK_STATUSES))
    .option('--limit <n>', 'at most so many (up to 200)', wholeNumber(1), 50)
    .addHelpText('after', example('list --status error --json'))
    .action(async (o: { workspace?: string; status?: string; limit: number; json?: boolean }) => {
      const { items } = await (
        await api()
      ).tasks({ workspaceId: o.workspace, status: o.status, limit: String(o.limit) });
      if (o.json) return printJson(items);
      const rows = items.map((t) => [
        t.taskId,
        t.status,
        age(t.createdAt),
        t.branchName ?? '',
        t.title ?? t.task.slice(0, 60),
      ]);
      printTable(['TASK', 'STATUS', 'AGE', 'BRANCH', 'TITLE'], rows);
    });

  withJson(tasks.command('show'))
    .description('show a task as it is, or as it was')
    .argument('<taskId>')
    .option('--at <position|time>', 'as it was at that position or time')
    .addHelpText('after', example(`show ${TASK_ID} --at 2026-01-31T12:00:00Z`))
    .action(async (taskId: string, o: { at?: string; json?: boolean }) =>
      show(await (await api()).task(taskId, { at: o.at }), o.json),
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

  for (const [name, description] of [
    ['retry', 'go on from the failed stage'],
    ['archive', 'release the sandbox and keep its files'],
  ] as const) {
    withJson(tasks.command(name))
      .description(description)
      .argument('<taskId>')
      .addHelpText('after', example(`${name} ${TASK_ID}`))
      .action(async (taskId: string, o: { json?: boolean }) =>
        show(await (await api()).command(taskId, name), o.json),
      );
  }

  withJson(tasks.command('kill'))
    .description('destroy sandbox, processes, checkout and branch')
    .argument('<taskId>')
    .option('--keep-branch', 'the branch outlives the sandbox')
    .addHelpText('after', example(`kill ${TASK_ID} --keep-branch`))
    .action(async (taskId: string, o: { keepBranch?: boolean; json?: boolean }) =>
      show(await (await api()).command(taskId, 'kill', { keepBranch: o.keepBranch ?? false }), o.json),
    );

  return tasks;
}

/** Ends when the task has settled; exit code 1 when that is not `running`. */
async function watch(client: ApiClient, taskId: string, json = false): Promise<void> {
  await client.task(taskId);
  const drawing = new StageDrawing();
  const watching = new AbortController();
  for await (const record of watchTask(client.url, taskId, watching.signal)) {
    if (json) printJsonLine(record);
    else drawing.update(record);
    if (!isSettled(record.status)) continue;
    if (record.status !== 'running') process.exitCode = 1;
    watching.abort();
  }
  drawing.end();
}

function show(record: TaskRecord, json = false): void {
  if (json) return printJson(record);
  showTask(record);
}
