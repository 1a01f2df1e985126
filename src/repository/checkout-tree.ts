import { link, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LeftOut } from '../events/task/changes.js';
import { createPlain } from '../platform/plain-files.js';
import { PlainReader, type PlainEntry } from '../platform/plain-read.js';
import type { SnapshotLimits } from './checkout-place.js';
import { INDEX, WORK_TREE_CONFIG, type Uncommitted } from './checkout-work.js';
import type { Git, GitCall } from './git.js';

const NOTHING = '0'.repeat(40);
/** Never there when git has ended: the tree alone is wanted. */
const REF = 'refs/slipway/work';

/** Something that is not committed: what takes a path's place, or null where nothing does. */
interface Piece {
  readonly path: string;
  readonly entry: Extract<PlainEntry, { content: Buffer }> | null;
}

interface TreeOfWork {
  readonly tree: string;
  /** What is not in it. */
  readonly left: readonly LeftOut[];
}

/**
 * Makes the tree of HEAD with what is not committed. The files are read here, through handles, and git is given their contents:
 * it reads nothing that could be swapped for a link or a pipe meanwhile.
 * @param own a call whose new objects go to a folder of their own
 * @param stage an empty folder of ours
 */
export async function treeOfWork(
  git: Git,
  own: GitCall,
  { folder, ownGitDir }: { folder: string; ownGitDir: string },
  head: string | null,
  uncommitted: Uncommitted,
  stage: string,
  limits: SnapshotLimits,
): Promise<TreeOfWork> {
  const left: LeftOut[] = [];
  const pieces = piecesOf(folder, uncommitted, limits, left, own.signal);
  const tree = uncommitted.hasAttributes
    ? await indexed(git, own, ownGitDir, pieces, stage)
    : await imported(git, own, head, pieces);
  return { tree, left };
}

/** Tracked paths first: one that is gone may be a folder by now, and one that is a file may have been a folder. */
async function* piecesOf(
  folder: string,
  { changed, untracked }: Uncommitted,
  limits: SnapshotLimits,
  left: LeftOut[],
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const reader = new PlainReader(folder);
  const tracked = new Set(changed);
  let bytes = 0;
  let count = 0;
  try {
    for (const path of [...changed, ...untracked]) {
      signal.throwIfAborted();
      // What git printed was not UTF-8.
      if (path.includes('\ufffd')) left.push({ path, why: 'name' });
      else if (path.endsWith('/')) left.push({ path, why: 'nested_repository' });
      else if (count >= limits.mostFiles) left.push({ path, why: 'too_many' });
      else {
        count += 1;
        const entry = await reader.read(path, Math.min(limits.mostFileBytes, limits.mostBytes - bytes));
        if (entry.kind === 'special') left.push({ path, why: 'special_file' });
        else if (entry.kind === 'too_large')
          left.push({ path, why: entry.bytes > limits.mostFileBytes ? 'too_large' : 'too_many' });
        else if (entry.kind === 'file' || entry.kind === 'link') {
          bytes += entry.content.length;
          yield { path, entry };
        } else if (tracked.has(path)) yield { path, entry: null };
      }
    }
  } finally {
    reader.close();
  }
}

/** In one go, where nothing says that content is to be written otherwise than it is. */
async function imported(
  git: Git,
  own: GitCall,
  head: string | null,
  pieces: AsyncIterable<Piece>,
): Promise<string> {
  const printed = await git.run(['fast-import', '--quiet', '--force'], {
    ...own,
    config: ['core.fsync=none', 'fastimport.unpackLimit=1', 'pack.compression=1'],
    input: commandsOf(head, pieces),
  });
  const tree = /^040000 tree ([0-9a-f]{40})\t/.exec(printed)?.[1];
  // Of nothing at all git says that it is missing.
  if (tree !== undefined || !/^missing /.test(printed)) return tree ?? Promise.reject(new Error(printed));
  return (await git.run(['hash-object', '-w', '-t', 'tree', '--stdin'], { ...own, input: '' })).trim();
}

async function* commandsOf(head: string | null, pieces: AsyncIterable<Piece>): AsyncGenerator<Buffer> {
  const text = (line: string) => Buffer.from(line);
  // Cut short, it is refused as a whole.
  yield text(`feature done\ncommit ${REF}\ncommitter Slipway <slipway@slipway.invalid> 0 +0000\ndata 0\n`);
  if (head !== null) yield text(`from ${head}\n`);
  for await (const { path, entry } of pieces) {
    const name = quoted(path);
    if (entry === null) {
      yield text(`D ${name}\n`);
      continue;
    }
    const mode = entry.kind === 'link' ? '120000' : entry.executable ? '100755' : '100644';
    yield Buffer.concat([
      text(`M ${mode} inline ${name}\ndata ${entry.content.length}\n`),
      entry.content,
      text('\n'),
    ]);
  }
  yield text(`ls ""\n\nreset ${REF}\nfrom ${NOTHING}\n\ndone\n`);
}

const quoted = (path: string): string =>
  `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** By an index and copies of the files: git writes their contents as the attributes say. */
async function indexed(
  git: Git,
  own: GitCall,
  ownGitDir: string,
  pieces: AsyncIterable<Piece>,
  stage: string,
): Promise<string> {
  const there: string[] = [];
  const gone: string[] = [];
  for await (const { path, entry } of pieces) {
    (entry === null ? gone : there).push(path);
    if (entry !== null) await copyTo(join(stage, path), entry);
  }
  const index = join(dirname(stage), 'index');
  await link(join(ownGitDir, INDEX), index);
  const call: GitCall = {
    ...own,
    // What is not committed is in the checkout as well.
    config: [...WORK_TREE_CONFIG, 'core.fsync=none'],
    env: { ...own.env, GIT_WORK_TREE: stage, GIT_INDEX_FILE: index },
  };
  const removed = gone.map((path) => `0 ${NOTHING}\t${path}\0`).join('');
  if (removed !== '') await git.run(['update-index', '-z', '--index-info'], { ...call, input: removed });
  const added = there.map((path) => `${path}\0`).join('');
  if (added !== '')
    await git.run(['update-index', '--add', '--replace', '-z', '--stdin'], { ...call, input: added });
  // Those that are not new were there when the commit was brought in; looking for each takes longer than all else.
  return (await git.run(['write-tree', '--missing-ok'], call)).trim();
}

async function copyTo(file: string, entry: NonNullable<Piece['entry']>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  if (entry.kind === 'link') return symlink(entry.content, file);
  const handle = await createPlain(file, entry.executable ? 0o700 : 0o600);
  await handle.writeFile(entry.content).finally(() => handle.close());
}
