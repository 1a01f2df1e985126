import { makeDirectory } from '@slipway/process-lock';
import { access, link, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { within } from '../platform/within.js';
import { StartError } from './start-error.js';

/** The folder in the data directory that is there while a restore is under way. */
export const RESTORING = '.restoring';
/** A disk that is merely slow needs less. */
const LIMIT_MS = 15_000;
/** A disk so full that this does not fit will not take a database either. */
const PROBE_BYTES = 64 * 1024;

/**
 * Makes the data directory if it is missing and tries out what everything in it rests on: files that can be written,
 * flushed and linked, and that show. Throws StartError, having left nothing, where that does not work.
 */
export async function prepareDataDirectory(dataDir: string, limitMs = LIMIT_MS): Promise<void> {
  const late = () => {
    throw new StartError(
      `SLIPWAY_DATA_DIR ${dataDir} does not answer within ${limitMs / 1000} s: is its disk or network share well? Choose a directory on a local disk otherwise.`,
    );
  };
  try {
    await within(limitMs, tryOut(dataDir), late);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new StartError(`SLIPWAY_DATA_DIR ${dataDir} ${complaintAbout(error)} (${error.code}).`, {
      cause: error,
    });
  }
}

/** Half of what a backup has is not what was backed up. @throws StartError */
export async function assertNoRestoreUnderWay(dataDir: string): Promise<void> {
  const restoring = await access(join(dataDir, RESTORING)).then(
    () => true,
    () => false,
  );
  if (restoring)
    throw new StartError(
      `SLIPWAY_DATA_DIR ${dataDir} holds a restore that did not end: run slipway restore again with the same backup, or empty the directory.`,
    );
}

async function tryOut(dataDir: string): Promise<void> {
  await makeDirectory(dataDir, 0o700);
  // Named for the process, so that what a kill leaves behind is used again some day.
  const name = `.probe-${process.pid}`;
  const probe = join(dataDir, name);
  const linked = `${probe}.linked`;
  try {
    await rm(linked, { force: true });
    const file = await open(probe, 'w', 0o600);
    try {
      await file.writeFile(Buffer.alloc(PROBE_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
    await link(probe, linked);
    if (!(await readdir(dataDir)).includes(name)) throw Object.assign(new Error(), { code: 'ENOENT' });
  } finally {
    await Promise.all([rm(probe, { force: true }), rm(linked, { force: true })]).catch(() => undefined);
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';

function complaintAbout({ code }: { code: string }): string {
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'is a file or lies below one: choose a directory';
    case 'EACCES':
    case 'EPERM':
      return `cannot be written by this user${process.getuid ? ` (${process.getuid()})` : ''}: give it the rights, or choose another directory`;
    case 'EROFS':
      return 'is on a file system that is read-only: choose another directory';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'is on a disk that is full: make room, or choose a directory on another disk';
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return 'is no path that can be used: choose another directory';
    default:
      return 'is on a file system that cannot keep files as they are needed (written, flushed, linked): choose a directory on a local disk';
  }
}
