import { utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createPlain, readPlain, writeText } from '../../platform/plain-files.js';
import { Git } from '../../repository/git.js';
import { MOST_REFS_OUTPUT } from '../../repository/ref-objects.js';
import type { KeptWork } from '../sandbox-provider.js';
import { keptOf } from './kept-refs.js';
import { REMOTE_FILE } from './mirror.js';
import { foldersOf, listUuids, makeFolders, sandboxFiles, writeRecord } from './sandbox-files.js';

/** The folders below the data directory of those who keep work in mirrors. */
export const KEEPERS = ['local', 'docker'] as const;
const LARGEST_REMOTE = 8_192;

/** What is kept of one task. */
export interface KeptTask {
  readonly taskId: string;
  readonly refs: KeptWork['refs'];
  /** Since when, ISO 8601. */
  readonly at: string;
}

/** A mirror in which work is kept that is nowhere else. */
export interface KeptMirror {
  readonly keeper: string;
  /** Of its folder, without `.git`: a digest of the remote. */
  readonly name: string;
  /** For people; null for a mirror from before it was noted. */
  readonly remote: string | null;
  readonly tasks: readonly KeptTask[];
}

const gitOf = (keeperDir: string): Git => new Git({ home: join(keeperDir, 'git-home'), locks: false });
const mirrorPathOf = (keeperDir: string, name: string): string =>
  join(foldersOf(keeperDir).mirrors, `${name}.git`);

/** Every mirror below a data directory in which work is kept. */
export async function keptMirrors(dataDir: string): Promise<KeptMirror[]> {
  const found: KeptMirror[] = [];
  for (const keeper of KEEPERS) {
    const keeperDir = join(dataDir, keeper);
    const byMirror = new Map<string, KeptTask[]>();
    for (const taskId of await listUuids(join(keeperDir, 'kept'), '.json')) {
      const kept = await keptOf(sandboxFiles(foldersOf(keeperDir).sandboxes, taskId));
      if (kept === null) continue;
      const name = basename(kept.where, '.git');
      byMirror.set(name, [...(byMirror.get(name) ?? []), { taskId, refs: kept.refs, at: kept.at }]);
    }
    for (const [name, tasks] of byMirror) {
      const noted = await readPlain(join(mirrorPathOf(keeperDir, name), REMOTE_FILE), LARGEST_REMOTE);
      found.push({ keeper, name, remote: noted?.toString().trim() ?? null, tasks });
    }
  }
  return found;
}

/**
 * Writes all that is kept in a mirror into a file, a git bundle that needs nothing else.
 * @returns of the mirror's tasks those that are in it: who was given up meanwhile is not
 * @throws GitError, or an error that names what is missing
 */
export async function bundleMirror(
  dataDir: string,
  mirror: KeptMirror,
  file: string,
  signal: AbortSignal,
): Promise<KeptTask[]> {
  const keeperDir = join(dataDir, mirror.keeper);
  const git = gitOf(keeperDir);
  const cwd = mirrorPathOf(keeperDir, mirror.name);
  const bundle = git.stream(['bundle', 'create', '--quiet', '-', '--glob=refs/kept/*'], { cwd, signal });
  const handle = await createPlain(file, 0o600);
  await pipeline(bundle, handle.createWriteStream({ flush: true }), { signal });
  const heads = await git.run(['bundle', 'list-heads', file], { cwd, signal, mostOutput: MOST_REFS_OUTPUT });
  const whole: KeptTask[] = [];
  for (const task of mirror.tasks) {
    const missing = missingFrom(heads, task);
    if (missing === undefined) whole.push(task);
    else if ((await keptOf(sandboxFiles(foldersOf(keeperDir).sandboxes, task.taskId))) !== null)
      throw new Error(`${missing} is to be kept and is not in ${cwd}`);
  }
  return whole;
}

/** Brings what `bundleMirror` wrote into a mirror, which is made when it is not there. May be repeated. */
export async function restoreMirror(
  dataDir: string,
  { keeper, name, remote, tasks }: KeptMirror,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const keeperDir = join(dataDir, keeper);
  const { sandboxes, mirrors } = foldersOf(keeperDir);
  await makeFolders(mirrors, join(keeperDir, 'kept'), join(keeperDir, 'git-home'));
  const git = gitOf(keeperDir);
  const cwd = mirrorPathOf(keeperDir, name);
  await git.run(['init', '--quiet', '--bare', '--template=', '--', cwd], { signal });
  if (remote !== null) await writeText(join(cwd, REMOTE_FILE), `${remote}\n`);
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];
  await git.run(['fetch', ...quiet, '--', file, '+refs/kept/*:refs/kept/*'], {
    ...{ cwd, signal, protocol: 'file' as const },
    config: ['core.fsync=all'],
  });
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', '--', 'refs/kept/'];
  const refs = await git.run(args, { cwd, signal, mostOutput: MOST_REFS_OUTPUT });
  for (const task of tasks) {
    const missing = missingFrom(refs, task);
    if (missing !== undefined) throw new Error(`${missing} is not in ${file}`);
    const { kept } = sandboxFiles(sandboxes, task.taskId);
    await writeRecord(kept, { where: cwd, refs: task.refs });
    const at = new Date(task.at);
    await utimes(kept, at, at);
  }
}

/** A ref of the task that is not among lines of `<commit> <ref>`. */
function missingFrom(lines: string, { refs }: KeptTask): string | undefined {
  const there = new Set(lines.split('\n'));
  return refs.find(({ commit, name }) => !there.has(`${commit} ${name}`))?.name;
}
