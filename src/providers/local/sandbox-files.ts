import { chmod, mkdir, opendir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { ProviderError } from '../../events/provider-error.js';
import { readPlain, writeText } from '../../platform/plain-files.js';
import { isUuid } from '../../platform/text-rules.js';

const LARGEST_RECORD = 8 << 20;

/**
 * Where everything of one task's sandbox lies, in two folders: `root` belongs to the agent, which may put
 * there what it likes; what we believe is in `records`, which is kept from it.
 */
export interface SandboxFiles {
  readonly taskId: string;
  readonly root: string;
  readonly checkout: string;
  /** The agent's HOME and XDG_DATA_HOME. */
  readonly home: string;
  readonly data: string;
  readonly records: string;
  /** Written when the checkout is complete; what was checked out. */
  readonly checkoutDone: string;
  /** Port and token of the agent server, the /proc stat line of its process, and its output. */
  readonly runtime: string;
  readonly pid: string;
  readonly log: string;
  readonly sessions: string;
  /** The setup: how it ended; the /proc stat line of its process; its exit code and output. */
  readonly setupDone: string;
  readonly setupPid: string;
  readonly setupCode: string;
  readonly setupLog: string;
  /** Our own repository of the checkout, out of the agent's reach. */
  readonly own: string;
  /** A repository of ours in which the checkout is looked at. */
  readonly seen: string;
  /** What was kept when it was destroyed, and where; it outlives all else. */
  readonly kept: string;
}

/** @throws ProviderError when the task id is not a UUID */
export function sandboxFiles(sandboxesDir: string, taskId: string): SandboxFiles {
  if (!isUuid(taskId))
    throw new ProviderError('bad_task_id', 'The task id is not a UUID.', { retryable: false });
  const root = join(sandboxesDir, taskId);
  const records = join(recordsDirOf(sandboxesDir), taskId);
  return {
    taskId,
    root,
    checkout: join(root, 'checkout'),
    home: join(root, 'home'),
    data: join(root, 'data'),
    records,
    checkoutDone: join(records, 'checkout.done'),
    runtime: join(records, 'runtime.json'),
    pid: join(records, 'agent.pid'),
    log: join(records, 'agent.log'),
    sessions: join(records, 'sessions'),
    setupDone: join(records, 'setup.json'),
    setupPid: join(records, 'setup.pid'),
    setupCode: join(records, 'setup.code'),
    setupLog: join(records, 'setup.log'),
    own: join(dirname(sandboxesDir), 'own', `${taskId}.git`),
    seen: join(records, 'seen.git'),
    kept: join(dirname(sandboxesDir), 'kept', `${taskId}.json`),
  };
}

/** The folders of a provider that hold its sandboxes and the mirrors that they borrow from. */
export function foldersOf(dataDir: string): { readonly sandboxes: string; readonly mirrors: string } {
  return { sandboxes: join(dataDir, 'sandboxes'), mirrors: join(dataDir, 'mirrors') };
}

/** The folder that holds all sandboxes' records. */
export function recordsDirOf(sandboxesDir: string): string {
  return join(dirname(sandboxesDir), 'records');
}

/** The record if it is there, has the schema's shape and a sane size, else null. */
export async function readRecord<T extends TSchema>(file: string, schema: T): Promise<Static<T> | null> {
  try {
    const text = await readPlain(file, LARGEST_RECORD);
    const value: unknown = text && JSON.parse(text.toString());
    return Value.Check(schema, value) ? value : null;
  } catch {
    return null;
  }
}

/** Replaces the record in one step; only its owner may read it. */
export async function writeRecord(file: string, value: object): Promise<void> {
  await writeText(file, JSON.stringify(value));
}

export async function makeFolders(...folders: string[]): Promise<void> {
  for (const folder of folders) await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** The folder in which agents are installed: sandboxes that run as users of their own read it. */
export async function makeAgentsFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const { uid, mode } = await stat(folder);
  if (uid === 0 && process.geteuid?.() === 0 && (mode & 0o055) !== 0o055) await chmod(folder, mode | 0o055);
}

/** The UUIDs that entries of a folder are named for; none when there is no such folder. */
export async function listUuids(folder: string, extension = ''): Promise<string[]> {
  const found: string[] = [];
  const entries = await opendir(folder).catch(() => []);
  for await (const { name } of entries as AsyncIterable<{ name: string }>) {
    const id = name.endsWith(extension) ? name.slice(0, name.length - extension.length) : '';
    if (isUuid(id)) found.push(id);
  }
  return found;
}
