import type { Changes, SlipwayClient } from '@slipway/client';
import { Command } from 'commander';
import { findService } from '../find-service.js';
import { dataDirOf, withJson } from '../global-options.js';
import { age, print, printJson, printTable, printText, streams } from '../output.js';
import { printDiff } from './print-diff.js';

const TASK_ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';
const REFRESH_MS = 120_000;

const example = (...commands: string[]): string =>
  `\nExample${commands.length > 1 ? 's' : ''}:\n${commands.map((command) => `  slipway changes ${command}`).join('\n')}`;

interface Options {
  readonly refresh?: boolean;
  readonly json?: boolean;
}

/** `slipway changes …`: what is changed in a task's checkout, and what is in it. */
export function changesCommand(): Command {
  const changes = new Command('changes');
  const api = () => findService(dataDirOf(changes));

  withJson(changes.command('list'))
    .description('list the changed files, committed or not, as they were last looked at')
    .argument('<taskId>')
    .option('--refresh', 'look again first')
    .addHelpText('after', example(`list ${TASK_ID} --refresh`))
    .action(async (taskId: string, o: Options) => {
      const client = await api();
      if (o.refresh) await refreshed(client, taskId);
      const seen = await client.getChanges(taskId);
      if (o.json) return printJson(seen);
      showChanges(seen);
    });

  changes
    .command('diff')
    .description('print the unified diff of all changes, or of one file')
    .argument('<taskId>')
    .argument('[path]', 'a file, as the list names it')
    .option('--refresh', 'look again first')
    .addHelpText(
      'after',
      `
In a terminal, characters that it would obey are shown as symbols; elsewhere the diff is as git printed it.
${example(`diff ${TASK_ID}`, `diff ${TASK_ID} src/index.ts`, `diff ${TASK_ID} > work.patch`)}`,
    )
    .action(async (taskId: string, path: string | undefined, o: Options) => {
      const client = await api();
      if (o.refresh) await refreshed(client, taskId);
      const file = path === undefined ? undefined : await fileNamed(client, taskId, path);
      await printDiff(client.streamDiff(taskId, file), streams.out);
    });

  withJson(changes.command('files'))
    .description('list a folder of the checkout, or print a file of it')
    .argument('<taskId>')
    .argument('[path]', "a folder or file (default: the checkout's own folder)", '')
    .addHelpText('after', example(`files ${TASK_ID} src`, `files ${TASK_ID} src/index.ts`))
    .action(async (taskId: string, path: string, o: Options) => {
      const client = await api();
      const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
      const name = path.slice(path.lastIndexOf('/') + 1);
      const isFile =
        path !== '' &&
        (await client.listFiles(taskId, parent)).items.some(
          (entry) => entry.name === name && entry.kind === 'file',
        );
      if (isFile) return showFile(client, taskId, path, o);
      const folder = await client.listFiles(taskId, path);
      if (o.json) return printJson(folder);
      printTable(
        ['KIND', 'BYTES', 'NAME'],
        folder.items.map((entry) => [entry.kind, entry.size?.toString() ?? '', entry.name]),
      );
      if (folder.truncated) print(`… only the first ${folder.items.length} are shown`);
    });

  return changes;
}

async function showFile(
  client: SlipwayClient,
  taskId: string,
  path: string,
  { json }: Options,
): Promise<void> {
  const file = await client.getFile(taskId, path);
  if (json) return printJson(file);
  if (file.content === null) return print(`${path} is binary, ${file.size} bytes`);
  printText(file.content.replace(/\n$/, ''), '');
  if (file.truncated) print(`… cut off, the file has ${file.size} bytes`);
}

/** What is asked of the diff of one file: of one that was renamed also where it was. */
async function fileNamed(client: SlipwayClient, taskId: string, path: string) {
  const { changes } = await client.getChanges(taskId);
  const oldPath = changes?.items.find((each) => each.path === path)?.oldPath;
  return { path, ...(oldPath !== undefined && { oldPath }) };
}

function showChanges({ changes, problem, refreshing }: Changes): void {
  if (problem) print(`The last look saw nothing: ${problem.reason}`);
  if (changes === null) {
    if (!problem) print(refreshing ? 'The changes are being looked at.' : 'Nothing has been looked at yet.');
    return;
  }
  const { files, additions, deletions, ahead, behind, uncommitted, branch, at } = changes;
  print(
    `${files} file${files === 1 ? '' : 's'} changed, +${additions} −${deletions}; ${branch ?? 'detached HEAD'}: ${ahead} ahead, ${behind} behind, ${uncommitted} not committed (${age(at)} ago)`,
  );
  if (changes.items.length === 0) return;
  print();
  printTable(
    ['STATUS', '+', '−', 'FILE'],
    changes.items.map(({ status, additions: more, deletions: less, binary, path, oldPath }) => [
      status,
      binary ? 'binary' : `${more}`,
      binary ? '' : `${less}`,
      oldPath === undefined ? path : `${oldPath} → ${path}`,
    ]),
  );
  for (const { path, why } of changes.left) print(`not looked at (${why.replaceAll('_', ' ')}): ${path}`);
  if (changes.truncated) print('… there are more than are named here');
}

/** Asks for a look and waits until it was taken. */
async function refreshed(client: SlipwayClient, taskId: string): Promise<void> {
  const { position } = await client.refreshChanges(taskId);
  const isDone = async () => !(await client.getChanges(taskId)).refreshing;
  if (await isDone()) return;
  const signal = AbortSignal.timeout(REFRESH_MS);
  for await (const { status } of client.watchTask(taskId, { after: position, signal }))
    if ((await isDone()) || status === 'killed') return;
}
