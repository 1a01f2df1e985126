import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, type Stats } from 'node:fs';

/**
 * What tells one process from a later one with the same id. On Linux boot and start time in clock ticks; elsewhere the
 * start time in seconds as `ps` prints it. Undefined when there is no such process or it is a zombie.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : portableIdentity(pid);
}

function linuxIdentity(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command name stands in parentheses and may hold spaces, so count from the last one. See proc_pid_stat(5).
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  const startTime = fields[18];
  return `${readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? 'boot'}/${startTime}`;
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
  const args =
    process.platform === 'linux'
      ? readProc(`/proc/${pid}/cmdline`)?.split('\0').filter(Boolean)
      : process.platform === 'win32'
        ? undefined
        : ps(pid, 'args=')?.split(' ');
  const shown = args?.slice(0, 2).join(' ').slice(0, 120);
  return shown ? `process ${pid} (${shown})` : `process ${pid}`;
}

/**
 * The PostgreSQL processes, server and back ends, that work in a data directory. PostgreSQL makes that directory its
 * working directory, so on Linux no reused process id can be mistaken for one. Elsewhere only the process id recorded
 * in `postmaster.pid` can be asked.
 */
export function postgresProcessesIn(pgdata: string, recordedPid: number): number[] {
  if (process.platform !== 'linux') {
    if (processIdentity(recordedPid) === undefined) return [];
    return process.platform === 'win32' || ps(recordedPid, 'comm=')?.includes('postgres')
      ? [recordedPid]
      : [];
  }
  const home = statSync(pgdata);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readProc(`/proc/${name}/comm`)?.trim() === 'postgres')
    .filter((name) => isSameDirectory(`/proc/${name}/cwd`, home))
    .map(Number);
}

function isSameDirectory(path: string, other: Stats): boolean {
  try {
    const { dev, ino } = statSync(path);
    return dev === other.dev && ino === other.ino;
  } catch {
    return false; // Gone, a zombie, or another user's; the owner of the data is always the server's user.
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
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
