import { stat } from 'node:fs/promises';
import type { Git } from '../../repository/git.js';
import type { KeptWork } from '../sandbox-provider.js';
import { readKept } from './keep-work.js';
import type { MirrorPlace } from './mirror-place.js';
import type { SandboxFiles } from './sandbox-files.js';
import { removeTree } from '../../platform/remove-tree.js';

/** What is kept of a task, and since when; null when nothing is (any more). */
export async function keptOf(files: SandboxFiles): Promise<(KeptWork & { at: string }) | null> {
  const kept = await readKept(files);
  if (kept === undefined || kept.refs.length === 0) return null;
  const { mtime } = await stat(files.kept);
  return { ...kept, at: mtime.toISOString() };
}

/** A git bundle with all that is kept of a task, piece by piece: whole, so that it can be fetched into any repository. */
export function keptBundle(
  git: Git,
  where: string,
  { refs }: KeptWork,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const names = refs.map(({ name }) => name);
  return git.stream(['bundle', 'create', '--quiet', '-', ...names], { cwd: where, signal });
}

/** Gives up what is kept of a task, for good. Harmless when nothing is. */
export async function deleteKept(
  git: Git,
  files: SandboxFiles,
  { path: cwd, lock }: MirrorPlace,
  { refs }: KeptWork,
  signal: AbortSignal,
): Promise<void> {
  const input = refs.map(({ name }) => `delete ${name}\0\0`).join('');
  if (input !== '') await git.run(['update-ref', '-z', '--stdin'], { cwd, lock, signal, input });
  await removeTree(files.kept, signal);
}
