import { open, readFile } from 'node:fs/promises';
import { markedProcesses } from './process-tree.js';

/** Arguments are at most this long for all that we start; what is longer is not ours. */
const LONGEST_ARGUMENTS = 128 << 10;

/**
 * sandbox-agent takes its token from its arguments only, which every user of the machine may read. It has
 * its own copy once it runs, so the token is blotted out in the process's memory, from which the
 * kernel answers `ps`.
 * @returns whether no process of the sandbox shows the token any more
 */
export async function hideToken(taskId: string, token: string): Promise<boolean> {
  const pids = (await markedProcesses()).get(taskId) ?? [];
  const hidden = await Promise.all(pids.map((pid) => blotOut(pid, Buffer.from(token))));
  return hidden.every(Boolean);
}

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
  const shown = await readFile(`/proc/${pid}/cmdline`).catch(() => Buffer.alloc(0));
  return shown.includes(secret);
}

/** Where the arguments lie in memory: fields 48 and 49 of proc_pid_stat(5). */
async function argumentsOf(pid: number): Promise<{ start: number; length: number }> {
  const line = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [start, end] = [Number(fields[45]), Number(fields[46])];
  return { start, length: Math.min(Math.max(end - start, 0), LONGEST_ARGUMENTS) };
}
