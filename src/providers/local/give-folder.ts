import { ProviderError } from '../../events/provider-error.js';
import { runProgram } from '../../platform/run-program.js';
import { markerOf } from './process-tree.js';
import type { SandboxUser } from './sandbox-user.js';

const LONGEST_REASON = 300;

/**
 * Gives a folder of a sandbox, and what is in it, to somebody. Only root can.
 * @throws ProviderError `system_failed`
 */
export async function giveFolder(
  folder: string,
  taskId: string,
  { uid, gid }: SandboxUser,
  signal: AbortSignal,
): Promise<void> {
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', ...markerOf(taskId) };
  const args = ['-RhP', `${uid}:${gid}`, '--', folder];
  const { code, stderr } = await runProgram('chown', args, { env, signal });
  if (code === 0) return;
  const reason = `The folder cannot be given to the sandbox's user: ${stderr.trim().slice(0, LONGEST_REASON)}`;
  throw new ProviderError('system_failed', reason);
}
