import { closeSync, constants, lstatSync } from 'node:fs';
import { open, opendir } from 'node:fs/promises';
import { stepInto } from './plain-files.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** After so many entries others have their turn. */
const IN_A_ROW = 64;

/** What is in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Bytes; of a file alone. */
  readonly size?: number;
}

/**
 * What a folder below an agent's folder holds, at most so much of it; undefined when there is no such folder. No part of the
 * path may be a link.
 * @param path '' for the folder itself
 */
export async function listBelow(
  root: string,
  path: string,
  most: number,
): Promise<{ entries: FolderEntry[]; truncated: boolean } | undefined> {
  let fd: number;
  try {
    fd = stepInto(root, path === '' ? [] : path.split('/'), false);
  } catch {
    return undefined;
  }
  try {
    const folder = `/proc/self/fd/${fd}`;
    const entries: FolderEntry[] = [];
    for await (const entry of await opendir(folder)) {
      if (entries.length >= most) return { entries, truncated: true };
      if (entries.length % IN_A_ROW === IN_A_ROW - 1) await new Promise((resolve) => setImmediate(resolve));
      const { name } = entry;
      const kind = entry.isFile()
        ? 'file'
        : entry.isDirectory()
          ? 'folder'
          : entry.isSymbolicLink()
            ? 'link'
            : 'other';
      const size = kind === 'file' ? sizeOf(`${folder}/${name}`) : undefined;
      entries.push({ name, kind, ...(size !== undefined && { size }) });
    }
    return { entries, truncated: false };
  } finally {
    closeSync(fd);
  }
}

/**
 * The beginning of a regular file below an agent's folder, and how large it is; undefined for whatever else is there, or
 * nothing. No part of the path may be a link.
 */
export async function startBelow(
  root: string,
  path: string,
  most: number,
): Promise<{ bytes: Buffer; size: number } | undefined> {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  let fd: number;
  try {
    fd = stepInto(root, folders, false);
  } catch {
    return undefined;
  }
  try {
    const file = `/proc/self/fd/${fd}/${name}`;
    const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined);
    try {
      const stat = await handle?.stat();
      if (handle === undefined || !stat?.isFile()) return undefined;
      const bytes = Buffer.alloc(Math.min(most, stat.size));
      let total = 0;
      for (let read = -1; read !== 0 && total < bytes.length; total += read)
        ({ bytesRead: read } = await handle.read(bytes, total, bytes.length - total, total));
      return { bytes: bytes.subarray(0, total), size: stat.size };
    } finally {
      await handle?.close();
    }
  } finally {
    closeSync(fd);
  }
}

/** Undefined when it is gone meanwhile. */
function sizeOf(file: string): number | undefined {
  return lstatSync(file, { throwIfNoEntry: false })?.size;
}
