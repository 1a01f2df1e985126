import { parseStat, type ProcessStat } from '@slipway/process-lock';
import { pause } from '../../platform/clock.js';
import { readPlain } from '../../platform/plain-files.js';
import { isKillable, signalProcess } from '../../platform/process-signal.js';
import type { AcpConnection } from './acp-connection.js';
import type { SandboxProcesses } from './sandbox-host.js';

/** How long an agent may take to end after its input has ended, in milliseconds. */
const GRACE_MS = 2_000;
const LOOK_MS = 50;
const LARGEST_PROC = 8 << 20;

interface Relative extends ProcessStat {
  readonly parent: number;
}

/**
 * Runs what starts one agent, and tells which process that is; undefined where that cannot be told, since another
 * agent of the sandbox started at the same time.
 */
export async function withAgentProcess<T>(
  processes: SandboxProcesses,
  start: () => Promise<T>,
): Promise<{ started: T; process?: ProcessStat }> {
  const before = await agentsOf(processes);
  const started = await start();
  const known = new Set(before.map(({ pid, startTime }) => `${pid} ${startTime}`));
  const fresh = (await agentsOf(processes)).filter(({ pid, startTime }) => !known.has(`${pid} ${startTime}`));
  const [{ pid, startTime } = {}] = fresh;
  if (fresh.length !== 1 || pid === undefined || startTime === undefined) return { started };
  return { started, process: { pid, startTime } };
}

/**
 * Ends the agent of a connection. One that does not end with its input is killed with all that descends from it: it
 * would go on beside the next one.
 */
export async function endAgent(
  connection: AcpConnection,
  processes: SandboxProcesses,
  agent: ProcessStat | undefined,
  signal: AbortSignal,
): Promise<void> {
  await connection.close(signal);
  const deadline = Date.now() + GRACE_MS;
  while (agent && Date.now() < deadline) {
    if (!(await processes.has(agent))) return;
    await pause(LOOK_MS, signal);
    signal.throwIfAborted();
  }
  if (!agent || !(await processes.has(agent))) return;
  const family = await relativesOf(processes);
  const doomed = new Set([agent.pid]);
  for (let size = 0; size !== doomed.size;) {
    size = doomed.size;
    for (const { pid, parent } of family) if (doomed.has(parent)) doomed.add(pid);
  }
  for (const pid of doomed) if (isKillable(pid)) signalProcess(pid, 'SIGKILL');
}

/** The processes that the sandbox's agent server started. */
async function agentsOf(processes: SandboxProcesses): Promise<Relative[]> {
  const family = await relativesOf(processes);
  const servers = new Set<number>();
  for (const { pid } of family) {
    const program = (await procText(pid, 'cmdline')).split('\0')[0] ?? '';
    if (program.endsWith('/sandbox-agent')) servers.add(pid);
  }
  return family.filter(({ parent }) => servers.has(parent));
}

async function relativesOf(processes: SandboxProcesses): Promise<Relative[]> {
  const family: Relative[] = [];
  for (const pid of await processes.pids()) {
    const line = await procText(pid, 'stat');
    const stat = parseStat(line);
    // The field after the state, see proc_pid_stat(5).
    if (stat) family.push({ ...stat, parent: Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1]) });
  }
  return family;
}

async function procText(pid: number, name: 'stat' | 'cmdline'): Promise<string> {
  // One that ends while it is read has nothing more to tell.
  const text = await readPlain(`/proc/${pid}/${name}`, LARGEST_PROC).catch(() => undefined);
  return (text ?? '').toString('latin1');
}
