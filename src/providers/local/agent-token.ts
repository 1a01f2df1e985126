import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import type { LocalLog } from './local-log.js';
import { readPlain } from '../../platform/plain-files.js';
import { markedProcesses } from './process-tree.js';
import { readRecord, type SandboxFiles, writeRecord } from './sandbox-files.js';

/** Arguments are at most this long for all that we start; what is longer is not ours. */
const LONGEST_ARGUMENTS = 128 << 10;

/** What came of it, for one start of the server. */
const Covered = Type.Object({ launchId: Type.String(), hidden: Type.Boolean() });

/**
 * sandbox-agent takes its token from its arguments only, which every user of the machine may read. It has
 * its own copy once it answers, so the token is blotted out in the process's memory then, from which the
 * kernel answers `ps`. Done once for each start, also for a server that was left by a Slipway that died
 * before it came to it. Loud where it does not work: whoever reads the token has a shell in the sandbox.
 */
export async function coverToken(
  files: SandboxFiles,
  { token, launchId }: { readonly token: string; readonly launchId: string },
  log?: LocalLog,
): Promise<void> {
  const record = join(files.records, 'token-covered.json');
  if ((await readRecord(record, Covered))?.launchId === launchId) return;
  const pids = (await markedProcesses()).get(files.taskId) ?? [];
  const blotted = await Promise.all(pids.map((pid) => blotOut(pid, Buffer.from(token))));
  const hidden = pids.length > 0 && blotted.every(Boolean);
  await writeRecord(record, { launchId, hidden });
  if (hidden) return;
  log?.warn(
    { taskId: files.taskId },
    "other users of this machine can read the agent server's token with ps, and have a shell in the sandbox then",
  );
}

/** @returns whether the process does not show the secret (any more) */
async function blotOut(pid: number, secret: Buffer): Promise<boolean> {
  if (!(await showsIn(pid, secret))) return true;
  try {
    const { start, length } = await argumentsOf(pid);
    const memory = await open(`/proc/${pid}/mem`, 'r+');
    try {
      const held = Buffer.alloc(length);
      await memory.read(held, 0, length, start);
      for (let at = held.indexOf(secret); at !== -1; at = held.indexOf(secret, at + 1)) {
        await memory.write(Buffer.alloc(secret.length, 'x'), 0, secret.length, start + at);
      }
    } finally {
      await memory.close();
    }
  } catch {
    // It may have ended, or the machine forbids it: what counts is what can be seen afterwards.
  }
  return !(await showsIn(pid, secret));
}

async function showsIn(pid: number, secret: Buffer): Promise<boolean> {
  const shown = await readPlain(`/proc/${pid}/cmdline`, 8 << 20);
  return shown?.includes(secret) === true;
}

/** Where the arguments lie in memory: fields 48 and 49 of proc_pid_stat(5). */
async function argumentsOf(pid: number): Promise<{ start: number; length: number }> {
  const line = ((await readPlain(`/proc/${pid}/stat`, 64 << 10)) ?? '').toString('latin1');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [start, end] = [Number(fields[45]), Number(fields[46])];
  return { start, length: Math.min(Math.max(end - start, 0), LONGEST_ARGUMENTS) };
}
