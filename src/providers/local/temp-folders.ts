import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { ProviderError } from '../../events/provider-error.js';
import { folderBelow } from '../../platform/plain-files.js';
import { readRecord, writeRecord } from './sandbox-files.js';

const TempRecord = Type.Object({ path: Type.String({ pattern: '^/.*slw-[0-9a-f]{10}$', maxLength: 100 }) });

/** A unix socket's path has room for 107 characters, of which agents want most for themselves. */
const LONGEST_BASE = 24;

/**
 * The folder of all sandboxes' temporary files: short, ours alone, and the same one after a restart.
 * @param recordFile remembers its name, which nobody can guess and take before us
 */
export async function ensureTempParent(recordFile: string): Promise<string> {
  for (let attempt = 1; attempt <= 5; attempt++) {
    const known = await readRecord(recordFile, TempRecord);
    const base = tmpdir().length <= LONGEST_BASE ? tmpdir() : '/tmp';
    const path = known?.path ?? join(base, `slw-${randomBytes(5).toString('hex')}`);
    if (!known) await writeRecord(recordFile, { path });
    if (await makeOurs(path)) return path;
    await rm(recordFile, { force: true });
  }
  throw new ProviderError('temp_unavailable', 'No folder for temporary files can be made.');
}

/** Removes the folder of all sandboxes' temporary files if it is empty; it is made again when it is needed. */
export async function dropTempParent(recordFile: string): Promise<void> {
  const known = await readRecord(recordFile, TempRecord);
  if (known) await rmdir(known.path).catch(() => undefined);
}

/** Where one task's temporary files lie. */
export function tempOf(parent: string, taskId: string): string {
  return join(parent, tempName(taskId));
}

export async function makeTemp(parent: string, taskId: string): Promise<void> {
  // The machine may have cleaned up meanwhile, also between two tasks.
  if (!(await makeOurs(parent))) {
    throw new ProviderError('temp_unavailable', `${parent} belongs to somebody else. Restart the service.`);
  }
  await folderBelow(parent, tempName(taskId));
}

function tempName(taskId: string): string {
  return taskId.replaceAll('-', '').slice(0, 16);
}

async function makeOurs(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch {
    const found = await lstat(path).catch(() => undefined);
    if (!found?.isDirectory() || found.uid !== process.geteuid?.()) return false;
    await chmod(path, 0o700);
    return true;
  }
}
