import { lstat } from 'node:fs/promises';
import { exists, readPlain } from './plain-files.js';
import { runProgram } from './run-program.js';

/** Something cannot be removed just now; the message says what. */
export class NotRemovedError extends Error {
  override readonly name = 'NotRemovedError';
}

/** For removals that are in nobody's time: others end with their signal. */
const LONGEST_REMOVAL_MS = 600_000;
const LARGEST_MOUNTINFO = 64 << 20;

/**
 * Removes a folder or file whatever its owner did to its modes, however many and deep its folders are;
 * follows no links and enters no mounts. Harmless when it is not there. It is done by a program:
 * node's own way needs one of its four file threads throughout, and fails on paths that are too long.
 * @param marker the sandbox's, by which whoever comes after us finds a removal that outlived us, and ends it
 * @throws NotRemovedError with what cannot be removed, or the signal's reason
 */
export async function removeTree(
  path: string,
  signal = AbortSignal.timeout(LONGEST_REMOVAL_MS),
  marker: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (!(await exists(path))) return;
  const mount = await mountBelow(path);
  if (mount !== undefined) throw notRemoved(`${mount} is a mount point; unmount it first`);
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', ...marker };
  const run = (file: string, ...args: string[]) => runProgram(file, [...args, '--', path], { env, signal });
  if ((await run('rm', '-rf')).code === 0) return;
  // Build tools leave read-only folders behind, out of which only their mode's change lets one delete.
  if ((await lstat(path)).isDirectory()) await run('chmod', '-R', 'u+rwX');
  const { code, stderr } = await run('rm', '-rf');
  if (code !== 0) throw notRemoved(stderr.trim().slice(0, 300));
}

/** Mount points at the path or below it; in mountinfo, spaces and the like are written in octal. */
async function mountBelow(path: string): Promise<string | undefined> {
  const mounts = await readPlain('/proc/self/mountinfo', LARGEST_MOUNTINFO);
  const lines = (mounts?.toString() ?? '').split('\n');
  const points = lines.map((line) =>
    (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code: string) =>
      String.fromCharCode(parseInt(code, 8)),
    ),
  );
  return points.find((point) => point === path || point.startsWith(`${path}/`));
}

const notRemoved = (detail: string): NotRemovedError => new NotRemovedError(`${detail}.`);
