import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { readPlain, stepInto } from './plain-files.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** A file of up to so many bytes is read in one go: ten steps through the threads for files cost more than that. */
const SMALL = 256 << 10;
/** After so many files others have their turn. */
const IN_A_ROW = 8;

/** What is at a path below an agent's folder. Of a link, its text; of a file, whether it may be executed as well. */
export type PlainEntry =
  | { readonly kind: 'file'; readonly content: Buffer; readonly executable: boolean }
  | { readonly kind: 'link'; readonly content: Buffer }
  | { readonly kind: 'nothing' | 'folder' | 'special' }
  | { readonly kind: 'too_large'; readonly bytes: number };

/** Nothing is there, or a part of the way is a link or a file. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/**
 * Reads many files and links below an agent's folder, one after the other; those of one folder in a row cost least. No part of
 * a path may be a link: nothing is there then.
 */
export class PlainReader {
  private at?: { readonly folder: string; readonly fd: number };
  private count = 0;

  constructor(private readonly root: string) {}

  /** @param most a file of more bytes is not read */
  async read(path: string, most: number): Promise<PlainEntry> {
    this.count += 1;
    if (this.count % IN_A_ROW === 0) await new Promise((resolve) => setImmediate(resolve));
    try {
      const slash = path.lastIndexOf('/');
      const file = `/proc/self/fd/${this.enter(path.slice(0, Math.max(slash, 0)))}/${path.slice(slash + 1)}`;
      const stat = lstatSync(file);
      if (stat.isSymbolicLink()) return { kind: 'link', content: readlinkSync(file, 'buffer') };
      if (!stat.isFile()) return { kind: stat.isDirectory() ? 'folder' : 'special' };
      if (stat.size > most) return { kind: 'too_large', bytes: stat.size };
      const content = stat.size <= SMALL ? readSmall(file, stat.size, most) : await readPlain(file, most);
      if (content === undefined) return { kind: 'too_large', bytes: most + 1 };
      return { kind: 'file', content, executable: (stat.mode & 0o100) !== 0 };
    } catch (error) {
      if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return { kind: 'nothing' };
      throw error;
    }
  }

  close(): void {
    if (this.at) closeSync(this.at.fd);
    this.at = undefined;
  }

  private enter(folder: string): number {
    if (this.at?.folder === folder) return this.at.fd;
    this.close();
    const fd = stepInto(this.root, folder === '' ? [] : folder.split('/'), false);
    this.at = { folder, fd };
    return fd;
  }
}

/** Undefined where it has grown beyond what was allowed, or is no file any more. */
function readSmall(file: string, size: number, most: number): Buffer | undefined {
  const fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) return undefined;
    const bytes = Buffer.alloc(Math.min(size, most) + 1);
    let total = 0;
    for (let read = -1; read !== 0 && total < bytes.length; total += read)
      read = readSync(fd, bytes, total, bytes.length - total, null);
    // What was added since is seen next time.
    return bytes.subarray(0, Math.min(total, size));
  } finally {
    closeSync(fd);
  }
}
