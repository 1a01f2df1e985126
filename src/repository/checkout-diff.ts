import type { ChangedFile, ChangeStatus } from '../events/task/changes.js';
import type { CheckoutPlace } from './checkout-place.js';
import type { CheckoutSnapshots } from './checkout-snapshots.js';
import type { GitCall } from './git.js';

const STATUS: Readonly<Record<string, ChangeStatus>> = {
  A: 'added',
  D: 'deleted',
  R: 'renamed',
  T: 'type_changed',
};
const MOST_LIST_OUTPUT = 64 << 20;
/** Larger files are binary to a diff: it would hold them in memory. */
const CONFIG = ['core.bigFileThreshold=16m', 'diff.renameLimit=1000', 'core.quotePath=false'];
/** No program that attributes name, no words of another language, and renames wherever they are likely. */
const DIFF = ['--no-ext-diff', '--no-textconv', '--no-color', '-r', '-M'];

/**
 * The files that differ between a snapshot's base and its tree, in the order of their paths.
 * @param base a commit or tree
 */
export async function changedFiles(
  snapshots: CheckoutSnapshots,
  place: CheckoutPlace,
  { base, tree }: { base: string; tree: string },
  signal: AbortSignal,
): Promise<ChangedFile[]> {
  const call: GitCall = {
    ...snapshots.call(place, signal, tree),
    config: CONFIG,
    mostOutput: MOST_LIST_OUTPUT,
  };
  const args = ['diff-tree', ...DIFF, '-z', '--raw', '--numstat', base, tree];
  const parts = (await snapshots.git.run(args, call)).split('\0');
  const statuses = new Map<string, ChangeStatus>();
  const files: ChangedFile[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!;
    if (part.startsWith(':')) {
      const letter = part.slice(part.lastIndexOf(' ') + 1)[0]!;
      if (letter === 'R') at += 1;
      statuses.set(parts[(at += 1)]!, STATUS[letter] ?? 'modified');
      continue;
    }
    const [, added, deleted, rest] = /^(\d+|-)\t(\d+|-)\t([^]*)$/.exec(part) ?? [];
    if (added === undefined || rest === undefined) continue;
    // Of a rename both paths follow.
    const [oldPath, path] = rest === '' ? [parts[(at += 1)]!, parts[(at += 1)]!] : [undefined, rest];
    const binary = added === '-';
    files.push({
      path,
      ...(oldPath !== undefined && { oldPath }),
      status: statuses.get(path) ?? 'modified',
      additions: binary ? 0 : Number(added),
      deletions: binary ? 0 : Number(deleted),
      binary,
    });
  }
  return files;
}

/**
 * The unified diff between a snapshot's base and its tree, piece by piece; of the named paths, or of all.
 * @param paths as they are: no pattern; of what was renamed, both
 */
export function diffOf(
  snapshots: CheckoutSnapshots,
  place: CheckoutPlace,
  { base, tree }: { base: string; tree: string },
  paths: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const prefixes = ['--src-prefix=a/', '--dst-prefix=b/'];
  const args = ['diff-tree', ...DIFF, '-p', ...prefixes, base, tree, '--', ...paths];
  const call = { ...snapshots.call(place, signal, tree), config: CONFIG };
  return snapshots.using(place, tree, snapshots.git.stream(args, call));
}
