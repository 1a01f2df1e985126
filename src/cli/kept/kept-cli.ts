import type { KeptWork, SlipwayClient } from '@slipway/client';
import { Command } from 'commander';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { CliError } from '../exit-code.js';
import { findService } from '../find-service.js';
import { dataDirOf, withJson, withYes } from '../global-options.js';
import { age, print, printJson, printTable } from '../output.js';

const TASK_ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';
const run = promisify(execFile);

/** `slipway kept …`: work that outlived its sandbox. */
export function keptCommand(): Command {
  const kept = new Command('kept');
  const api = () => findService(dataDirOf(kept));

  withJson(kept.command('list'))
    .description('list what is kept of killed tasks: every tip')
    .option('--project <id>', 'only that project (default: all of the workspace)')
    .option('--workspace <id>', 'the workspace', 'default')
    .addHelpText('after', '\nExample:\n  slipway kept list')
    .action(async (o: { project?: string; workspace: string; json?: boolean }) => {
      const client = await api();
      const projects: string[] = o.project === undefined ? [] : [o.project];
      for (let cursor: string | null = o.project === undefined ? '' : null; cursor !== null;) {
        const page = await client.listProjects({ workspaceId: o.workspace, ...(cursor && { cursor }) });
        projects.push(...page.items.map(({ projectId }) => projectId));
        cursor = page.next;
      }
      const items = (await Promise.all(projects.map((id) => client.listKept(id)))).flatMap(
        (each) => each.items,
      );
      if (o.json) return printJson(items);
      if (items.length === 0)
        return print(`Nothing is kept in ${o.project ?? `the workspace ${o.workspace}`}.`);
      const rows = items.flatMap(({ taskId, refs, at }) =>
        refs.map(({ name, commit }) => [taskId, age(at), commit.slice(0, 10), nameIn(name)]),
      );
      printTable(['TASK', 'AGE', 'COMMIT', 'NAME'], rows);
    });

  withJson(kept.command('fetch'))
    .description('fetch what is kept of a task into a repository, as refs/kept/<taskId>/…')
    .argument('<taskId>')
    .option('--into <repository>', 'a git repository', '.')
    .option('--bundle <file>', 'write a git bundle instead')
    .addHelpText(
      'after',
      `
Examples:
  slipway kept fetch ${TASK_ID}
  slipway kept fetch ${TASK_ID} --bundle work.bundle`,
    )
    .action(async (taskId: string, o: { into: string; bundle?: string; json?: boolean }) => {
      const client = await api();
      const folder = await mkdtemp(join(tmpdir(), 'slipway-kept-'));
      try {
        const file = o.bundle === undefined ? join(folder, 'kept.bundle') : resolve(o.bundle);
        const bundle = await client.keptBundle(taskId);
        await written(bundle, file);
        if (o.bundle === undefined) {
          const refs = `+refs/kept/${taskId}/*:refs/kept/${taskId}/*`;
          await run('git', ['-C', resolve(o.into), 'fetch', '--quiet', '--no-tags', '--', file, refs]);
        }
        const where = o.bundle ?? o.into;
        if (o.json) return printJson({ taskId, where });
        print(
          `What is kept of ${taskId} is in ${where}${o.bundle === undefined ? `: refs/kept/${taskId}/` : ''}`,
        );
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });

  withYes(withJson(kept.command('delete')), 'do it')
    .description('give up what is kept of a task, for good')
    .argument('<taskId>')
    .addHelpText('after', `\nExample:\n  slipway kept delete ${TASK_ID} --yes`)
    .action(async (taskId: string, { yes = false, json }: { yes?: boolean; json?: boolean }) => {
      const client = await api();
      if (yes) await client.deleteKept(taskId);
      const refs = yes ? [] : await keptOf(client, taskId);
      if (json) return printJson({ taskId, deleted: yes, ...(!yes && { refs }) });
      if (yes) return print(`Nothing is kept of ${taskId} any more.`);
      printTable(
        ['COMMIT', 'NAME'],
        refs.map(({ name, commit }) => [commit.slice(0, 10), nameIn(name)]),
      );
      print('This would be deleted for good: add --yes.');
    });

  return kept;
}

/** Without `refs/kept/<taskId>/`. */
const nameIn = (ref: string): string => ref.split('/').slice(3).join('/');

/** What is kept of a task. */
async function keptOf(client: SlipwayClient, taskId: string): Promise<KeptWork['refs']> {
  const { projectId } = await client.getTask(taskId);
  const { items } = await client.listKept(projectId);
  const found = items.find((each) => each.taskId === taskId);
  if (found === undefined) throw new CliError('notFound', 'Nothing is kept of this task.');
  return found.refs;
}

/** Writes a new file with the whole bundle, or none. */
async function written(bundle: ReadableStream<Uint8Array>, file: string): Promise<void> {
  const stream = createWriteStream(file, { mode: 0o600, flags: 'wx' });
  await once(stream, 'open');
  try {
    await pipeline(Readable.fromWeb(bundle as never), stream);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}
