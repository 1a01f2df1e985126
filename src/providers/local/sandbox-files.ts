import { randomBytes } from 'node:crypto';
import { lstat, mkdir, opendir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { ProviderError } from '../sandbox-provider.js';
import { createPlain, readPlain } from '../../platform/plain-files.js';
import { runProgram } from '../../platform/run-program.js';
import { isUuid } from '../../platform/text-rules.js';

const LARGEST_RECORD = 4 << 20;

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
    kept: join(dirname(sandboxesDir), 'kept', `${taskId}.json`),
  };
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

/** As `writeRecord`, for text. */
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

/** For removals that are in nobody's time: others end with their signal. */
const LONGEST_REMOVAL_MS = 600_000;
const LARGEST_MOUNTINFO = 64 << 20;

/**
 * Removes a folder or file whatever its owner did to its modes, however many and deep its folders are;
 * follows no links and enters no mounts. Harmless when it is not there. It is done by a program:
 * node's own way needs one of its four file threads throughout, and fails on paths that are too long.
 * @param marker the sandbox's, by which whoever comes after us finds a removal that outlived us, and ends it
 * @throws ProviderError with what cannot be removed, or the signal's reason
 */
export async function removeTree(
  path: string,
  signal = AbortSignal.timeout(LONGEST_REMOVAL_MS),
  marker: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (!(await exists(path))) return;
  const mount = await mountBelow(path);
  if (mount !== undefined) throw notRemoved(`${mount} is a mount point; unmount it first`);
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', ...marker };
  const run = (file: string, ...args: string[]) => runProgram(file, [...args, '--', path], { env, signal });
  if ((await run('rm', '-rf')).code === 0) return;
  // Build tools leave read-only folders behind, out of which only their mode's change lets one delete.
  if ((await lstat(path)).isDirectory()) await run('chmod', '-R', 'u+rwX');
  const { code, stderr } = await run('rm', '-rf');
  if (code !== 0) throw notRemoved(stderr.trim().slice(0, 300));
}

/** Mount points at the path or below it; in mountinfo, spaces and the like are written in octal. */
async function mountBelow(path: string): Promise<string | undefined> {
  const mounts = await readPlain('/proc/self/mountinfo', LARGEST_MOUNTINFO);
  const lines = (mounts?.toString() ?? '').split('\n');
  const points = lines.map((line) =>
    (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code: string) =>
      String.fromCharCode(parseInt(code, 8)),
    ),
  );
  return points.find((point) => point === path || point.startsWith(`${path}/`));
}

function notRemoved(detail: string): ProviderError {
  return new ProviderError('sandbox_not_removed', `The sandbox cannot be removed: ${detail}.`, {
    retryable: true,
  });
}

export async function makeFolders(...folders: string[]): Promise<void> {
  for (const folder of folders) await mkdir(folder, { recursive: true, mode: 0o700 });
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

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
