import { lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { removeForeign } from '../../repository/own-repository.js';
import { exists, readEnd, readPlain, writeText } from '../../platform/plain-files.js';
import { removeTree } from '../../platform/remove-tree.js';

const TRAILER = 20;
/** The most bytes that HEAD and configuration, and packed refs, have in a mirror that is in order. */
export const LARGEST_HEAD = 64 << 10;
const LARGEST_REFS = 256 << 20;

/**
 * Whether a mirror has everything that git needs to take it for a repository. A killed `git init` leaves
 * some of it; a `shallow` file hides history.
 */
export async function isWhole(path: string): Promise<boolean> {
  const head = await textOf(join(path, 'HEAD'), LARGEST_HEAD);
  if (!/^(ref: refs\/[\x21-\x7e]+|[0-9a-f]{40})\n$/.test(head)) return false;
  for (const folder of ['objects', 'objects/pack', 'objects/info', 'refs', 'refs/heads', 'refs/tags']) {
    if (!(await isFolder(join(path, folder)))) return false;
  }
  const config = await textOf(join(path, 'config'), LARGEST_HEAD);
  if (!/^\[core\]\n(\t.*\n)*\tbare = true\n/.test(config)) return false;
  const refs = await lstat(join(path, 'packed-refs')).catch(() => undefined);
  return refs?.isFile() !== false && !(await exists(join(path, 'shallow')));
}

/**
 * Clears away what is damaged, so that `git init` and a fetch from nothing make the mirror whole again in
 * its place, where checkouts look for its objects. Intact packs and kept work stay. Packs that are cut
 * short go aside. Only under the mirror's lock.
 */
export async function clearDamage(path: string): Promise<void> {
  await removeForeign(path);
  for (const name of ['HEAD', 'config', 'shallow']) await removeTree(join(path, name));
  for (const folder of ['objects', 'refs', 'refs/heads', 'refs/tags', 'objects/pack', 'objects/info']) {
    if ((await exists(join(path, folder))) && !(await isFolder(join(path, folder)))) {
      await removeTree(join(path, folder));
    }
  }
  for (const pack of await damagedPacks(path)) await setPackAside(path, pack);
  await removeEmptyObjects(path);
  for (const refs of ['refs/heads', 'refs/tags', 'refs/slipway']) await removeTree(join(path, refs));
  for (const folder of ['refs/heads', 'refs/tags']) await mkdir(join(path, folder), { recursive: true });
  await keepPackedRefs(path);
}

/** Packs that a kill or a full disk cut short: their last bytes are not the checksum that the index has of them. */
export async function damagedPacks(path: string): Promise<string[]> {
  const folder = join(path, 'objects', 'pack');
  const names = await readdir(folder).catch(() => []);
  const damaged: string[] = [];
  for (const name of names.filter((entry) => entry.endsWith('.idx'))) {
    const pack = name.slice(0, -'.idx'.length);
    const recorded = await readEnd(join(folder, name), 2 * TRAILER);
    const found = await readEnd(join(folder, `${pack}.pack`), TRAILER);
    if (found.length < TRAILER || !recorded.subarray(0, TRAILER).equals(found)) damaged.push(pack);
  }
  return damaged;
}

/**
 * Removes what is neither a file nor a folder among the refs: git waits for ever for a pipe, and follows links.
 * Never waits itself.
 */
export async function clearOddRefs(path: string): Promise<void> {
  const folders = [join(path, 'refs')];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const at = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(at);
      else if (!entry.isFile()) await removeTree(at);
    }
  }
}

/** How git names the files of ours in which it found an object rotten. */
const ROTTEN = /^fatal: (?:loose|packed) object [0-9a-f]+ \(stored in (.+)\) is corrupt$/gm;
const OBJECT_FILE = /\/objects\/(pack\/pack-[0-9a-f]+\.pack|[0-9a-f]{2}\/[0-9a-f]+)$/;

/** Sets the files of this mirror aside that git found rotten, as its words say. */
export async function setAside(path: string, words: string): Promise<void> {
  for (const [, file = ''] of words.matchAll(ROTTEN)) {
    const [, name] = OBJECT_FILE.exec(file) ?? [];
    if (name === undefined || !file.startsWith(`${path}/`)) continue;
    if (name.startsWith('pack/')) await setPackAside(path, basename(name, '.pack'));
    else await setObjectAside(path, name);
  }
}

async function setObjectAside(path: string, name: string): Promise<void> {
  const aside = join(path, 'damaged', dirname(name));
  await mkdir(aside, { recursive: true });
  await rename(join(path, 'objects', name), join(aside, basename(name))).catch(() => undefined);
}

async function setPackAside(path: string, pack: string): Promise<void> {
  const aside = join(path, 'damaged');
  await mkdir(aside, { recursive: true });
  const folder = join(path, 'objects', 'pack');
  for (const name of (await readdir(folder)).filter((entry) => entry.startsWith(`${pack}.`))) {
    await rename(join(folder, name), join(aside, name));
  }
  // An index over several packs would name the one that is gone.
  await removeTree(join(folder, 'multi-pack-index'));
}

/** A power failure leaves objects without content. */
async function removeEmptyObjects(path: string): Promise<void> {
  const objects = join(path, 'objects');
  for (const folder of (await readdir(objects).catch(() => [])).filter((name) =>
    /^[0-9a-f]{2}$/.test(name),
  )) {
    for (const name of await readdir(join(objects, folder)).catch(() => [])) {
      const file = join(objects, folder, name);
      if ((await lstat(file)).size === 0) await removeTree(file);
    }
  }
}

/** Of the packed refs only those of kept work stay: all others come with the next fetch. */
async function keepPackedRefs(path: string): Promise<void> {
  const file = join(path, 'packed-refs');
  const text = await textOf(file, LARGEST_REFS);
  const kept = text.split('\n').filter((line) => /^[0-9a-f]{40} refs\/kept\/[\x21-\x7e]+$/.test(line));
  await removeTree(file);
  if (kept.length > 0) await writeText(file, `${kept.join('\n')}\n`);
}

async function textOf(file: string, most: number): Promise<string> {
  return ((await readPlain(file, most)) ?? '').toString();
}

const isFolder = (path: string) =>
  lstat(path).then(
    (at) => at.isDirectory(),
    () => false,
  );
