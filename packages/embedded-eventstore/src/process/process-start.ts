import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process started, in the system's own terms: with its number it names one process and no later one.
 * Undefined when there is no such process; a zombie is none.
 */
export function startOfProcess(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

/** Clock ticks since the boot, which the boot's id makes unique. See proc_pid_stat(5). */
function fromProc(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command in brackets may itself hold brackets: count from the last one. Field 3 is the state, 22 the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`;
}

function fromPs(pid: number): string | undefined {
  const shown = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return shown === '' || shown.startsWith('Z') ? undefined : shown.replace(/^\S+\s+/, '');
}
