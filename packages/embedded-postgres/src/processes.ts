import { processIdentity } from '@slipway/process-lock';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, type Stats } from 'node:fs';

/**
 * The PostgreSQL processes, server and back ends, that work in a data directory. PostgreSQL makes that directory its
 * working directory, so on Linux no reused process id can be mistaken for one. Elsewhere only the process id recorded
 * in `postmaster.pid` can be asked.
 */
export function postgresProcessesIn(pgdata: string, recordedPid: number): number[] {
  if (process.platform !== 'linux') {
    if (processIdentity(recordedPid) === undefined) return [];
    return process.platform === 'win32' || programOf(recordedPid)?.includes('postgres') ? [recordedPid] : [];
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

function programOf(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined; // ps exits with 1 when there is no such process.
  }
}
