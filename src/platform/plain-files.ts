import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  type Dirent,
  fchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { type FileHandle, lstat, mkdir, open, opendir, rename } from 'node:fs/promises';

/**
 * The one way to touch a file where an agent can write. It may have put anything there: a named pipe
 * blocks a thread for ever, a device has no end, a link leads out of the sandbox. So nothing here
 * waits for an open, follows a link, or reads more than it was allowed.
 */
const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** After so many files others have their turn. */
const IN_A_ROW = 32;

/** Whether what we make can be given to others. */
const IS_ROOT = process.geteuid?.() === 0;

/** A folder is not what we made it: something else is in a file's or a folder's place, or far too much. */
export class DamagedFolderError extends Error {
  override readonly name = 'DamagedFolderError';
}

/** The content of a regular file of at most `most` bytes; undefined for whatever else is there, or nothing. */
export async function readPlain(file: string, most: number): Promise<Buffer | undefined> {
  return withFile(file, O_RDONLY, (handle) => readUpTo(handle, most));
}

/** The last bytes of a regular file, at most `count`; none of whatever else is there. */
export async function readEnd(file: string, count: number): Promise<Buffer> {
  const end = await withFile(file, O_RDONLY, async (handle) => {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(count, size));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, size - bytes.length);
    return bytes.subarray(0, bytesRead);
  });
  return end ?? Buffer.alloc(0);
}

/** Some of a regular file, and what the file was then; undefined for whatever else is there, or nothing. */
export async function readPart(
  file: string,
  from: number,
  count: number,
): Promise<{ readonly bytes: Buffer; readonly size: number; readonly changedMs: number } | undefined> {
  return withFile(file, O_RDONLY, async (handle) => {
    const { size, mtimeMs } = await handle.stat();
    const bytes = Buffer.alloc(Math.max(0, Math.min(count, size - from)));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
    return { bytes: bytes.subarray(0, bytesRead), size, changedMs: mtimeMs };
  });
}

/** Makes a file that is not there yet. @throws when there is one, or whatever else */
export function createPlain(file: string, mode: number): Promise<FileHandle> {
  return open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
}

/** Opens a file to write at its end, also when it is emptied meanwhile; made when it is not there. */
export function appendPlain(file: string): Promise<FileHandle> {
  return open(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
}

/** Replaces a file of ours by its whole new text in one step; only its owner may read it. */
export async function writeText(file: string, text: string): Promise<void> {
  const fresh = `${file}.${randomBytes(4).toString('hex')}.new`;
  const handle = await createPlain(fresh, 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}

/** Whether anything is there, be it a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** As `readPlain`, for a path below a folder, none of whose parts may be a link. */
export async function readBelow(root: string, path: string, most: number): Promise<Buffer | undefined> {
  const [folders, name] = split(path);
  try {
    return await inFolder(root, folders, false, (folder) => readPlain(`${folder}/${name}`, most));
  } catch {
    return undefined;
  }
}

/**
 * Replaces a file below a folder in one step; folders on the way are made.
 * @throws DamagedFolderError when a part of the path is something other than a folder
 */
export async function writeBelow(root: string, path: string, text: string, mode: number): Promise<void> {
  const [folders, name] = split(path);
  try {
    await inFolder(root, folders, true, async (folder) => {
      const fresh = `${folder}/${name}.${randomBytes(4).toString('hex')}.new`;
      const handle = await createPlain(fresh, mode);
      try {
        await handle.writeFile(text);
        await handle.chmod(mode);
        giveAs(folder, handle.fd);
      } finally {
        await handle.close();
      }
      await rename(fresh, `${folder}/${name}`);
    });
  } catch (error) {
    throw damaged(path, error);
  }
}

/** Makes a folder below another unless it is there. @throws DamagedFolderError when something else is in its place */
export async function folderBelow(root: string, path: string): Promise<void> {
  try {
    await inFolder(root, path.split('/'), true, async () => undefined);
  } catch (error) {
    throw damaged(path, error);
  }
}

/**
 * What is in a folder below another, none of whose parts may be a link; undefined when there is no such folder.
 * @throws DamagedFolderError when it holds more than `most` entries
 */
export async function entriesBelow(root: string, path: string, most: number): Promise<Dirent[] | undefined> {
  const found: Dirent[] = [];
  try {
    await inFolder(root, path.split('/'), false, async (folder) => {
      for await (const entry of await opendir(folder)) if (found.push(entry) > most) return;
    });
  } catch {
    return undefined;
  }
  if (found.length <= most) return found;
  throw new DamagedFolderError(`"${path}" holds more than ${most} entries.`);
}

/**
 * Gives the regular files that a folder below another holds under such names a second name in a folder of
 * ours, so that a program reads them there and meets nothing else. No folder, no files.
 */
export async function linkBelow(
  root: string,
  path: string,
  { name, into, most }: { name: RegExp; into: string; most: number },
): Promise<void> {
  const entries = (await entriesBelow(root, path, most)) ?? [];
  const wanted = entries.filter((entry) => name.test(entry.name));
  if (wanted.length === 0) return;
  await mkdir(into, { recursive: true });
  await inFolder(root, path.split('/'), false, async (folder) => {
    for (const [index, entry] of wanted.entries()) {
      if (index % IN_A_ROW === IN_A_ROW - 1) await new Promise((resolve) => setImmediate(resolve));
      giveSecondName(`${folder}/${entry.name}`, `${into}/${entry.name}`);
    }
  });
}

function giveSecondName(file: string, second: string): void {
  try {
    linkSync(file, second);
  } catch (error) {
    ignoreExisting(error as NodeJS.ErrnoException);
  }
  // A link gets a second name as itself; what it is can no longer change under the name that is ours.
  if (!lstatSync(second).isFile()) unlinkSync(second);
}

/** Empties a regular file that has grown beyond `most` bytes, unless it has another name as well. */
export async function emptyBeyond(file: string, most: number): Promise<void> {
  await withFile(file, O_WRONLY, async (handle) => {
    const { size, nlink } = await handle.stat();
    if (size > most && nlink === 1) await handle.truncate(0);
  });
}

async function withFile<T>(
  file: string,
  flags: number,
  work: (handle: FileHandle) => Promise<T>,
): Promise<T | undefined> {
  const handle = await open(file, flags | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined);
  try {
    return handle && (await handle.stat()).isFile() ? await work(handle) : undefined;
  } finally {
    await handle?.close();
  }
}

/** A file may grow while it is read, so its size alone decides nothing. */
async function readUpTo(handle: FileHandle, most: number): Promise<Buffer | undefined> {
  const { size } = await handle.stat();
  if (size > most) return undefined;
  const chunks: Buffer[] = [];
  for (let total = 0; ;) {
    const chunk = Buffer.alloc(Math.min(64 << 10, most + 1 - total));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    total += bytesRead;
    if (total > most) return undefined;
    chunks.push(chunk.subarray(0, bytesRead));
  }
}

/** Works in a folder below another by a name for it that stays its own. */
async function inFolder<T>(
  root: string,
  names: readonly string[],
  make: boolean,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const fd = stepInto(root, names, make);
  try {
    return await work(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

/**
 * Steps from folder to folder by their handles: what is swapped for a link meanwhile is not followed. The opening of a folder
 * never waits, so it is done at once: each step through the threads for files would cost ten times as much.
 * @returns the last folder's handle, to be closed by the caller
 */
export function stepInto(root: string, names: readonly string[], make: boolean): number {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;
  let at = openSync(root, flags);
  for (const name of names) {
    const path = `/proc/self/fd/${at}/${name}`;
    try {
      const isNew = make && makeFolder(path);
      const next = openSync(path, flags);
      if (isNew) giveAs(`/proc/self/fd/${at}`, next);
      closeSync(at);
      at = next;
    } catch (error) {
      closeSync(at);
      throw error;
    }
  }
  return at;
}

/** @returns whether it was made, and not there before */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    ignoreExisting(error as NodeJS.ErrnoException);
    return false;
  }
}

/** What is made in somebody's folder is theirs: a sandbox may run as a user of its own. */
function giveAs(folder: string, fd: number): void {
  if (!IS_ROOT) return;
  const { uid, gid } = statSync(folder);
  if (uid !== 0) fchownSync(fd, uid, gid);
}

function split(path: string): [string[], string] {
  const names = path.split('/');
  const name = names.pop() ?? '';
  return [names, name];
}

function damaged(path: string, cause: unknown): DamagedFolderError {
  return new DamagedFolderError(`"${path}" cannot be written there (${(cause as Error).message}).`, {
    cause,
  });
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
