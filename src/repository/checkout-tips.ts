import { lstat, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { entriesBelow, readBelow } from '../platform/plain-files.js';

/** Something in a repository that work hangs on, under the name by which it is kept. */
export interface Tip {
  /** `heads/<branch>`, `HEAD`, `stash`, `tags/<tag>`, `worktrees/<name>`, … */
  readonly name: string;
  readonly object: string;
}

/** A folder with files that may not be committed. */
export interface WorkFolder {
  /** `uncommitted`, or `uncommitted-<name>` for a further worktree. */
  readonly name: string;
  readonly path: string;
  /** The commit that its HEAD is on; absent before the first. */
  readonly head?: string;
  /** Its index, as a path below the checkout. */
  readonly index: string;
}

export interface CheckoutTips {
  readonly tips: readonly Tip[];
  /** The commit that HEAD is on; null before the first. */
  readonly head: string | null;
  /** The branch that HEAD is on; null where it is detached. */
  readonly branch: string | null;
  readonly folders: readonly WorkFolder[];
}

/** A checkout is not, or no longer, one whose work can be told; the message says what is wrong with it ("its HEAD …"). */
export class UnreadableCheckoutError extends Error {
  override readonly name = 'UnreadableCheckoutError';
}

/** @returns what is thrown about a checkout */
export const unreadable = (why: string, cause?: unknown): UnreadableCheckoutError =>
  new UnreadableCheckoutError(why, { cause });

const GIT = '.git';
const LARGEST_REF = 4 << 10;
/** Refs of a large repository, packed, take some megabytes. */
const LARGEST_PACKED = 64 << 20;
const MOST_REFS = 100_000;
const MOST_LEVELS = 20;
const MOST_WORKTREES = 100;
/** A symbolic ref may point to another; git follows five. */
const MOST_HOPS = 5;

/**
 * What is worth keeping of a checkout, read as files: git would do what the agent's configuration says.
 * @param root the folder that goes with the checkout: further worktrees in it belong to it
 * @throws UnreadableCheckoutError
 */
export async function readTips(checkout: string, root: string): Promise<CheckoutTips> {
  const own = await entriesBelow(checkout, GIT, MOST_REFS);
  if (!own) throw unreadable('its folder has no repository of its own (.git) any more: it was moved away');
  if (own.some(({ name }) => name === 'reftable')) throw unreadable('its refs are in the reftable format');
  const refs = new RefFiles(await packedRefs(checkout));
  await refs.read(checkout, `${GIT}/refs`, 'refs', 1);
  const head = await headOf(checkout, `${GIT}/HEAD`, refs);
  const tips: Tip[] = [];
  for (const [ref, value] of refs.all) {
    if (ref.startsWith('refs/remotes/origin/')) continue;
    const object = refs.resolve(value);
    if (object !== undefined) tips.push({ name: keptName(ref), object });
  }
  if (head !== undefined) tips.push({ name: 'HEAD', object: head });
  for (const [index, object] of (await olderStashes(checkout)).entries()) {
    tips.push({ name: `stash-${index + 1}`, object });
  }
  const folders: WorkFolder[] = [{ name: 'uncommitted', path: checkout, head, index: `${GIT}/index` }];
  for (const { name } of (await entriesBelow(checkout, `${GIT}/worktrees`, MOST_WORKTREES)) ?? []) {
    const at = await headOf(checkout, `${GIT}/worktrees/${name}/HEAD`, refs);
    if (at !== undefined) tips.push({ name: `worktrees/${name}`, object: at });
    const path = await worktreeFolder(checkout, root, name);
    if (path !== undefined)
      folders.push({ name: `uncommitted-${name}`, path, head: at, index: `${GIT}/worktrees/${name}/index` });
  }
  for (const { name } of tips) {
    if (!isRefName(name)) throw unreadable(`it has a ref with a name that git does not allow, "${name}"`);
  }
  return { tips, folders, head: head ?? null, branch: await branchOf(checkout) };
}

/** Ref files by name; a loose one counts before a packed one. */
class RefFiles {
  readonly all: Map<string, string>;

  constructor(packed: ReadonlyMap<string, string>) {
    this.all = new Map(packed);
  }

  async read(checkout: string, path: string, ref: string, level: number): Promise<void> {
    const entries = await entriesBelow(checkout, path, MOST_REFS);
    if (!entries) throw unreadable(`"${path}" is not a folder`);
    if (level > MOST_LEVELS) throw unreadable(`"${path}" has too many levels`);
    for (const entry of entries) {
      const name = `${ref}/${entry.name}`;
      if (entry.isDirectory()) await this.read(checkout, `${path}/${entry.name}`, name, level + 1);
      else if (!entry.name.endsWith('.lock')) {
        this.all.set(name, await refText(checkout, `${path}/${entry.name}`));
      }
      if (this.all.size > MOST_REFS) throw unreadable(`it has more than ${MOST_REFS} refs`);
    }
  }

  /** The object of a ref's text; undefined for a symbolic ref to one that is not there. */
  resolve(text: string): string | undefined {
    let value: string | undefined = text;
    for (let hop = 0; hop <= MOST_HOPS && value !== undefined; hop++) {
      const target: string | undefined = /^ref: *(\S.*)$/.exec(value)?.[1];
      if (target === undefined) return value;
      value = this.all.get(target);
    }
    return undefined;
  }
}

async function refText(checkout: string, path: string): Promise<string> {
  const text = (await readBelow(checkout, path, LARGEST_REF))?.toString().trimEnd();
  if (text !== undefined && (isObjectId(text) || /^ref: *refs\/\S.*$/.test(text))) return text;
  throw unreadable(
    text !== undefined && /^[0-9a-f]{64}$/.test(text)
      ? 'it names its objects by SHA-256, the repository that it came from by SHA-1'
      : `"${path}" is no ref that can be read`,
  );
}

async function headOf(checkout: string, path: string, refs: RefFiles): Promise<string | undefined> {
  return refs.resolve(await refText(checkout, path));
}

async function branchOf(checkout: string): Promise<string | null> {
  const text = await refText(checkout, `${GIT}/HEAD`);
  return /^ref: *refs\/heads\/(\S.*)$/.exec(text)?.[1] ?? null;
}

async function packedRefs(checkout: string): Promise<Map<string, string>> {
  const entries = (await entriesBelow(checkout, GIT, MOST_REFS)) ?? [];
  if (!entries.some(({ name }) => name === 'packed-refs')) return new Map();
  const text = (await readBelow(checkout, `${GIT}/packed-refs`, LARGEST_PACKED))?.toString();
  if (text === undefined) throw unreadable('its packed-refs cannot be read');
  const lines = text.split('\n').filter((line) => !/^(#|\^|$)/.test(line));
  return new Map(
    lines.map((line) => {
      const [object = '', ref = ''] = [line.slice(0, 40), line.slice(41)];
      if (!isObjectId(object) || !ref.startsWith('refs/')) throw unreadable('its packed-refs cannot be read');
      return [ref, object];
    }),
  );
}

/** `git stash` keeps only its latest as a ref; the ones before are lines of its log, newest last. */
async function olderStashes(checkout: string): Promise<string[]> {
  const text = (await readBelow(checkout, `${GIT}/logs/refs/stash`, LARGEST_PACKED))?.toString() ?? '';
  const objects = text.split('\n').map((line) => line.slice(41, 81));
  return objects.filter(isObjectId).reverse().slice(1);
}

/** The folder of a further worktree, where it is one that goes with the sandbox. */
async function worktreeFolder(checkout: string, root: string, name: string): Promise<string | undefined> {
  const text = await readBelow(checkout, `${GIT}/worktrees/${name}/gitdir`, LARGEST_REF);
  const path = dirname(text?.toString().trimEnd() ?? '');
  if (!path.startsWith('/')) return undefined;
  const real = await realpath(path).catch(() => undefined);
  const inside = real?.startsWith(`${await realpath(root)}/`) === true;
  return inside && (await lstat(real)).isDirectory() ? real : undefined;
}

function keptName(ref: string): string {
  const rest = ref.slice('refs/'.length);
  return /^(heads|tags|remotes)\//.test(rest) || rest === 'stash' ? rest : `other/${rest}`;
}

/** Git's own rule (`git check-ref-format`). */
function isRefName(name: string): boolean {
  return (
    name.isWellFormed() &&
    /^[^\x00-\x20\x7f~^:?*[\\\ufffd]+$/.test(name) &&
    !/\.\.|@\{|\.$/.test(name) &&
    name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
  );
}

/** Whether the text is a whole SHA-1 name. */
export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}
