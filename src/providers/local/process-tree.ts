import { parseStat, type ProcessStat } from '@slipway/process-lock';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../../events/provider-error.js';
import { readPlain } from '../../platform/plain-files.js';
import { isKillable, signalGroup, signalProcess } from '../../platform/process-signal.js';
import type { SandboxProcesses } from './sandbox-host.js';
import { sandboxUser } from './sandbox-user.js';

/** In the environment of every process of a sandbox: `SLIPWAY_SANDBOX=<task id>`. */
const MARKER = 'SLIPWAY_SANDBOX';

export function markerOf(taskId: string): Record<string, string> {
  return { [MARKER]: taskId };
}

/** Whether this very process still runs; a zombie does not. */
export async function isRunning({ pid, startTime }: ProcessStat): Promise<boolean> {
  const now = parseStat(await procText(pid, 'stat'));
  return now?.startTime === startTime;
}

/**
 * Whether this very process still runs and was started for the sandbox with these variables. A number in a
 * file is only a claim: what a process was started with, nobody else can write.
 */
export async function isSandboxProcess(
  taskId: string,
  identity: ProcessStat,
  variables: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  if (!isKillable(identity.pid) || !(await isRunning(identity))) return false;
  const started = (await environmentOf(identity.pid)).split('\0');
  const wanted = Object.entries({ ...markerOf(taskId), ...variables });
  return wanted.every(([name, value]) =>
    started.includes(Buffer.from(`${name}=${value}`).toString('latin1')),
  );
}

/**
 * All running processes that carry a marker, by task id. Whoever runs as another sandbox's user may write there what they
 * like and is believed to be of none: they would be killed in its place, or keep it from ending.
 */
export async function markedProcesses(): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const taskId = new RegExp(`(?:^|\\0)${MARKER}=([^\\0]*)`).exec(await environmentOf(Number(name)))?.[1];
    if (taskId === undefined || !(await mayBeOf(taskId, Number(name)))) continue;
    found.set(taskId, [...(found.get(taskId) ?? []), Number(name)]);
  }
  return found;
}

/** Whether the process runs as we do, or as the sandbox's own user. */
async function mayBeOf(taskId: string, pid: number): Promise<boolean> {
  if (process.geteuid?.() !== 0) return true;
  const uid = Number(/^Uid:\t(\d+)/m.exec(await procText(pid, 'status'))?.[1]);
  return uid === 0 || uid === sandboxUser(taskId).uid;
}

/** The processes that carry a sandbox's marker. */
export function processesOf(taskId: string): SandboxProcesses {
  return {
    pids: async () => (await markedProcesses()).get(taskId) ?? [],
    has: (identity) => isSandboxProcess(taskId, identity),
  };
}

function environmentOf(pid: number): Promise<string> {
  return procText(pid, 'environ');
}

/** Arguments and environment of a process are at most 6 MiB (see execve(2)). */
const LARGEST_PROC = 8 << 20;

async function procText(pid: number, name: 'stat' | 'environ' | 'status'): Promise<string> {
  // One that ends while it is read has nothing more to tell.
  const text = await readPlain(`/proc/${pid}/${name}`, LARGEST_PROC).catch(() => undefined);
  return (text ?? '').toString('latin1');
}

/**
 * Kills the leader, with its process group, and then whatever carries the sandbox's marker until
 * nothing does. With a PID namespace the leader's end alone is every descendant's end.
 * @throws ProviderError when something survives for ten seconds
 */
export async function killSandbox(
  taskId: string,
  leader: ProcessStat | undefined,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + 10_000;
  const isOurs = async () => leader !== undefined && (await isSandboxProcess(taskId, leader));
  if (leader && (await isOurs())) {
    signalGroup(leader.pid, 'SIGKILL');
    signalProcess(leader.pid, 'SIGKILL');
  }
  for (;;) {
    signal.throwIfAborted();
    const left = ((await markedProcesses()).get(taskId) ?? []).filter(isKillable);
    if (left.length === 0 && !(await isOurs())) return;
    if (Date.now() > deadline) {
      throw new ProviderError(
        'processes_survive',
        `Processes of the sandbox cannot be killed: ${left.join(', ')}.`,
        {
          retryable: true,
        },
      );
    }
    for (const pid of left) signalProcess(pid, 'SIGKILL');
    await sleep(5);
  }
}
