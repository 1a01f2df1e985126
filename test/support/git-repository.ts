import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Git as the tests call it: no configuration of the machine's, a fixed author. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.com',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.com',
  };
  return (await run('git', args, { cwd, env })).stdout.trim();
}

/** A repository with one commit of a few files on branch main. Resolves with its path. */
export async function makeRepository(path: string): Promise<string> {
  await mkdir(join(path, 'src'), { recursive: true });
  await writeFile(join(path, 'README.md'), '# A shop\n\nSells things.\n');
  await writeFile(join(path, 'src', 'index.js'), 'export const shop = 1;\n');
  await git(path, 'init', '--quiet', '--initial-branch=main');
  await git(path, 'add', '.');
  await git(path, 'commit', '--quiet', '-m', 'Begin');
  return path;
}
