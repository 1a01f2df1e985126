import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { ProviderError } from '../sandbox-provider.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LARGEST_RECORD = 4 << 20;

/** Whether the text is a UUID in lower case: the only thing from outside that ever becomes part of a path. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Where everything of one task's sandbox lies. */
export interface SandboxFiles {
  readonly taskId: string;
  readonly root: string;
  readonly checkout: string;
  /** Written when the checkout is complete; what was checked out. */
  readonly checkoutDone: string;
  /** The agent's HOME, XDG_DATA_HOME and TMPDIR. */
  readonly home: string;
  readonly data: string;
  readonly temp: string;
  /** Port and token of the agent server, the /proc stat line of its process, and its output. */
  readonly runtime: string;
  readonly pid: string;
  readonly log: string;
  readonly sessions: string;
}

/** @throws ProviderError when the task id is not a UUID */
export function sandboxFiles(sandboxesDir: string, taskId: string): SandboxFiles {
  if (!isUuid(taskId))
    throw new ProviderError('bad_task_id', 'The task id is not a UUID.', { retryable: false });
  const root = join(sandboxesDir, taskId);
  return {
    taskId,
    root,
    checkout: join(root, 'checkout'),
    checkoutDone: join(root, 'checkout.done'),
    home: join(root, 'home'),
    data: join(root, 'data'),
    temp: join(root, 'tmp'),
    runtime: join(root, 'runtime.json'),
    pid: join(root, 'agent.pid'),
    log: join(root, 'agent.log'),
    sessions: join(root, 'sessions'),
  };
}

/** The record if it is there, has the schema's shape and a sane size, else null. */
export async function readRecord<T extends TSchema>(file: string, schema: T): Promise<Static<T> | null> {
  try {
    if ((await lstat(file)).size > LARGEST_RECORD) return null;
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Value.Check(schema, value) ? value : null;
  } catch {
    return null;
  }
}

/** Replaces the record in one step; only its owner may read it. */
export async function writeRecord(file: string, value: object): Promise<void> {
  const fresh = `${file}.${randomBytes(4).toString('hex')}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(value));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}

/** Removes a folder whatever its owner did to its modes; follows no links. Harmless when it is not there. */
export async function removeTree(path: string): Promise<void> {
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  try {
    await remove();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    await openUp(path);
    await remove();
  }
}

/**
 * Build tools leave read-only folders behind, out of which only their mode's change lets one delete.
 * (`rm` rejects while it still deletes elsewhere, so that folders may vanish meanwhile.)
 */
async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(ignoreMissing);
  const entries = (await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
  for (const entry of entries) {
    if (entry.isDirectory()) await openUp(join(folder, entry.name));
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

export async function makeFolders(...folders: string[]): Promise<void> {
  for (const folder of folders) await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** The UUIDs that entries of a folder are named for; none when there is no such folder. */
export async function listUuids(folder: string, extension = ''): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(extension))
    .map((name) => name.slice(0, name.length - extension.length))
    .filter(isUuid);
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
