import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * What tells one process from a later one with the same number: when it started, in the system's own terms. On Linux
 * `<boot id>:<clock ticks since the boot>`, on Windows `alive`, elsewhere the start as `ps` prints it, in seconds.
 * Undefined when there is no such process; a zombie is none.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : portableIdentity(pid);
}

/** One line of /proc/<pid>/stat. */
export interface ProcessStat {
  readonly pid: number;
  /** Clock ticks from the boot to the start of the process. */
  readonly startTime: string;
}

/** Reads a line of /proc/<pid>/stat, see proc_pid_stat(5). Undefined for a zombie, a dead process or another text. */
export function parseStat(line: string): ProcessStat | undefined {
  const pid = /^(\d{1,10}) \(/.exec(line)?.[1];
  // The name in parentheses may hold anything, also parentheses: the fields are counted from the last one.
  const [state, ...fields] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[18];
  if (pid === undefined || startTime === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid: Number(pid), startTime };
}

function linuxIdentity(pid: number): string | undefined {
  const stat = parseStat(readIfThere(`/proc/${pid}/stat`) ?? '');
  if (stat === undefined) return undefined;
  return `${readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? 'boot'}:${stat.startTime}`;
}

function portableIdentity(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  if (process.platform === 'win32') return 'alive';
  const line = ps(pid, 'stat=,lstart=');
  return line === undefined || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
}

/** The program and its first argument, enough for a person to recognise the process; never its whole command line. */
export function describeProcess(pid: number): string {
  const shown = commandLine(pid)?.slice(0, 2).join(' ').slice(0, 120);
  return shown ? `process ${pid} (${shown})` : `process ${pid}`;
}

function commandLine(pid: number): string[] | undefined {
  if (process.platform === 'win32') return undefined;
  if (process.platform !== 'linux') return ps(pid, 'args=')?.split(' ');
  return readIfThere(`/proc/${pid}/cmdline`)?.split('\0').filter(Boolean);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined; // Gone meanwhile, or another user's.
  }
}

function ps(pid: number, columns: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined; // ps exits with 1 when there is no such process.
  }
}
