import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../sandbox-provider.js';

/** In the environment of every process of a sandbox: `SLIPWAY_SANDBOX=<task id>`. */
const MARKER = 'SLIPWAY_SANDBOX';

export function markerOf(taskId: string): Record<string, string> {
  return { [MARKER]: taskId };
}

/** A process, told from a later one with the same number by its start time (in clock ticks since boot). */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** Reads a line of /proc/<pid>/stat (see proc_pid_stat(5)); null for a zombie, a dead process or another text. */
export function parseStat(line: string): ProcessIdentity | null {
  const pid = /^(\d+) \(/.exec(line)?.[1];
  // The name in parentheses may hold anything, also parentheses.
  const [state, ...fields] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[18];
  if (pid === undefined || startTime === undefined || state === 'Z' || state === 'X') return null;
  return { pid: Number(pid), startTime };
}

/** Whether this very process still runs; a zombie does not. */
export async function isRunning({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  const now = parseStat(await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ''));
  return now?.startTime === startTime;
}

/** All running processes that carry a marker, by task id. */
export async function markedProcesses(): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
    const taskId = new RegExp(`(?:^|\\0)${MARKER}=([^\\0]*)`).exec(environment)?.[1];
    if (taskId === undefined) continue;
    found.set(taskId, [...(found.get(taskId) ?? []), Number(name)]);
  }
  return found;
}

/**
 * Kills the leader, with its process group, and then whatever carries the sandbox's marker until
 * nothing does. With a PID namespace the leader's end alone is every descendant's end.
 * @throws ProviderError when something survives for ten seconds
 */
export async function killSandbox(
  taskId: string,
  leader: ProcessIdentity | null,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + 10_000;
  if (leader && (await isRunning(leader))) {
    kill(-leader.pid);
    kill(leader.pid);
  }
  for (;;) {
    signal.throwIfAborted();
    const left = (await markedProcesses()).get(taskId) ?? [];
    const leads = leader !== null && (await isRunning(leader));
    if (left.length === 0 && !leads) return;
    if (Date.now() > deadline) {
      throw new ProviderError(
        'processes_survive',
        `Processes of the sandbox cannot be killed: ${left.join(', ')}.`,
        {
          retryable: true,
        },
      );
    }
    left.forEach(kill);
    await sleep(5);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
