import { readFileSync } from 'node:fs';

/**
 * The only place that sends signals. To the kernel the numbers 0, 1 and below are not processes but
 * "my group", "everything" and "that group"; here none of them can be said.
 */

/** Whether the number names one process that may be signalled: not init, not us, nor what leads our group. */
export function isKillable(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== process.pid && pid !== ownGroup();
}

/** Sends a signal to one process. A number that may not be signalled, or is gone, is left alone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  if (isKillable(pid)) send(pid, signal);
}

/** Sends a signal to all processes of the group that `leader` leads. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  if (isKillable(leader)) send(-leader, signal);
}

/** Asks this process to end, as somebody else would. */
export function signalSelf(signal: NodeJS.Signals): void {
  send(process.pid, signal);
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // Gone already.
  }
}

function ownGroup(): number {
  const line = readFileSync('/proc/self/stat', 'latin1');
  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[2]);
}
