import { Command, Option } from 'commander';
import { TASK_STATUSES } from '../events/vocabulary.js';
import type { TaskRecord } from '../events/task-record.js';
import { ApiClient } from './api-client.js';
import { dataDirOf, withJson } from './global-options.js';
import { age, printJson, printTable } from './output.js';
import { showTask } from './show-task.js';
import { StageDrawing, isSettled } from './stage-drawing.js';
import { watchTask } from './watch-task.js';

/** `slipway tasks …`: the API from the command line. */
export function tasksCommand(): Command {
  const tasks = new Command('tasks');
  const api = () => ApiClient.find(dataDirOf(tasks));

  withJson(tasks.command('create'))
    .description('create a task')
    .requiredOption('--repo <remote>', 'address of the git repository')
    .argument('<prompt>', 'what is to be done')
    .option('--workspace <id>')
    .option('--title <title>')
    .option('--branch <name>', "the task's own branch")
    .option('--on <branch>', 'the branch to start from')
    .option('--provider <id>')
    .option('--agent <type>')
    .option('--key <key>', 'idempotency key: the same key is the same task')
    .option('--watch', 'watch it until it is running')
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
        if (o.watch) await watch(client, record.taskId);
        else show(record, o.json);
      },
    );

  withJson(tasks.command('list'))
    .description('list tasks, newest first')
    .option('--workspace <id>')
    .addOption(new Option('--status <status>').choices(TASK_STATUSES))
    .option('--limit <n>', 'at most so many (up to 200)', '50')
    .action(async (o: { workspace?: string; status?: string; limit: string; json?: boolean }) => {
      const { items } = await (
        await api()
      ).tasks({ workspaceId: o.workspace, status: o.status, limit: o.limit });
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
    .action(async (taskId: string, o: { at?: string; json?: boolean }) =>
      show(await (await api()).task(taskId, { at: o.at }), o.json),
    );

  tasks
    .command('watch')
    .description('draw the stages of a task while they happen')
    .argument('<taskId>')
    .action(async (taskId: string) => watch(await api(), taskId));

  for (const [name, description] of [
    ['retry', 'go on from the failed stage'],
    ['archive', 'release the sandbox and keep its files'],
  ] as const) {
    withJson(tasks.command(name))
      .description(description)
      .argument('<taskId>')
      .action(async (taskId: string, o: { json?: boolean }) =>
        show(await (await api()).command(taskId, name), o.json),
      );
  }

  withJson(tasks.command('kill'))
    .description('destroy sandbox, processes, checkout and branch')
    .argument('<taskId>')
    .option('--keep-branch', 'the branch outlives the sandbox')
    .action(async (taskId: string, o: { keepBranch?: boolean; json?: boolean }) =>
      show(await (await api()).command(taskId, 'kill', { keepBranch: o.keepBranch ?? false }), o.json),
    );

  return tasks;
}

/** Ends when the task has settled; exit code 1 when that is not `running`. */
async function watch(client: ApiClient, taskId: string): Promise<void> {
  await client.task(taskId);
  const drawing = new StageDrawing(process.stdout);
  const watching = new AbortController();
  for await (const record of watchTask(client.url, taskId, watching.signal)) {
    drawing.update(record);
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
