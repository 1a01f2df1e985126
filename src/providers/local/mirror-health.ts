import { lstat, mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, removeTree } from './sandbox-files.js';

const TRAILER = 20;

/**
 * Whether a mirror has everything that git needs to take it for a repository. A killed `git init` leaves
 * some of it; a `shallow` file hides history.
 */
export async function isWhole(path: string): Promise<boolean> {
  const head = await readFile(join(path, 'HEAD'), 'utf8').catch(() => '');
  if (!/^(ref: refs\/[\x21-\x7e]+|[0-9a-f]{40})\n$/.test(head)) return false;
  for (const folder of ['objects', 'objects/pack', 'objects/info', 'refs', 'refs/heads', 'refs/tags']) {
    if (!(await isFolder(join(path, folder)))) return false;
  }
  const config = await readFile(join(path, 'config'), 'utf8').catch(() => '');
  if (!/^\[core\]\n(\t.*\n)*\tbare = true\n/.test(config)) return false;
  return !(await exists(join(path, 'shallow')));
}

/**
 * Clears away what is damaged, so that `git init` and a fetch from nothing make the mirror whole again in
 * its place, where checkouts look for its objects. Intact packs and kept work stay. Packs that are cut
 * short go aside. Only under the mirror's lock.
 */
export async function clearDamage(path: string): Promise<void> {
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
    const recorded = await lastBytes(join(folder, name), 2 * TRAILER);
    const found = await lastBytes(join(folder, `${pack}.pack`), TRAILER);
    if (found.length < TRAILER || !recorded.subarray(0, TRAILER).equals(found)) damaged.push(pack);
  }
  return damaged;
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
  const text = await readFile(file, 'utf8').catch(() => '');
  const kept = text.split('\n').filter((line) => /^[0-9a-f]{40} refs\/kept\/[\x21-\x7e]+$/.test(line));
  await removeTree(file);
  if (kept.length === 0) return;
  const handle = await open(`${file}.new`, 'w');
  await handle.writeFile(`${kept.join('\n')}\n`).finally(() => handle.close());
  await rename(`${file}.new`, file);
}

async function lastBytes(file: string, count: number): Promise<Buffer> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return Buffer.alloc(0);
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(count, size));
    await handle.read(bytes, 0, bytes.length, size - bytes.length);
    return bytes;
  } finally {
    await handle.close();
  }
}

const isFolder = (path: string) =>
  lstat(path).then(
    (at) => at.isDirectory(),
    () => false,
  );
