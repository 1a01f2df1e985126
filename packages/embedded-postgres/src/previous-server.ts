import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describeProcess } from '@slipway/process-lock';
import type { DataDirectory } from './data-directory.js';
import { errorCode, PostgresStartError } from './errors.js';
import { postgresProcessesIn } from './processes.js';

/** Milliseconds that an orphaned server gets to go, and when it is told more firmly. */
const PATIENCE = 15_000;
const FIRMER_AFTER = 2_000;

/**
 * Waits until nothing runs on the data any more and clears a `postmaster.pid` that a dead server left: PostgreSQL
 * itself would be kept from starting by a zombie or by a stranger that got the recorded process id.
 * @param orphaned the launcher of the recorded server is known to be dead, so the server may be told to go.
 * @throws {PostgresStartError} `in-use` if a server runs there that is not an orphan of ours, or one does not go.
 */
export async function settlePreviousServer(directory: DataDirectory, orphaned: boolean): Promise<void> {
  const recorded = recordedPid(directory.postmasterPid);
  if (recorded === undefined) return;
  const begun = performance.now();
  let told: NodeJS.Signals | undefined;
  for (;;) {
    const running = postgresProcessesIn(directory.pgdata, recorded);
    if (running.length === 0) break;
    const waited = performance.now() - begun;
    if (!orphaned || waited > PATIENCE) {
      const which = running.includes(recorded) ? recorded : (running[0] as number);
      throw new PostgresStartError(
        'in-use',
        `A PostgreSQL server works on ${directory.pgdata}: ${describeProcess(which)}. Stop it first, or choose another data directory.`,
      );
    }
    // Its supervisor is doing the same; this is for the case that it was killed too.
    const signal = waited < FIRMER_AFTER ? 'SIGINT' : 'SIGQUIT';
    if (signal !== told)
      running.forEach((pid) => (pid === recorded || signal === 'SIGQUIT') && tell(pid, signal));
    told = signal;
    await delay(10);
  }
  rmSync(directory.postmasterPid, { force: true });
}

/** The first line of `postmaster.pid`; negative for a single-user server. NaN, from a torn file, matches no process. */
function recordedPid(file: string): number | undefined {
  try {
    return Math.abs(Number.parseInt(readFileSync(file, 'utf8'), 10));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
