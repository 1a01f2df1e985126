import { runProgram } from '../platform/run-program.js';

/** What git opens of a work tree, and of repositories in it, whatever it is: at a named pipe it would wait for ever. */
const OPENED = ['.gitignore', '.gitattributes', '.gitmodules', '.git', 'HEAD', 'commondir', 'config'];

/**
 * Looks in an agent's folder for something at which git would wait. Links are not followed.
 * @returns its path, or null
 */
export async function blockingFile(folder: string, signal: AbortSignal): Promise<string | null> {
  const names = OPENED.flatMap((name) => ['-o', '-name', name]).slice(1);
  const special = ['!', '-type', 'f', '!', '-type', 'd', '!', '-type', 'l'];
  const args = [folder, ...special, '(', ...names, ')', '-print', '-quit'];
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };
  const { stdout } = await runProgram('find', args, { env, signal });
  return stdout === '' ? null : stdout.trim();
}
