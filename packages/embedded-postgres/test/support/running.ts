import { execFileSync } from 'node:child_process';

/** Whether the process runs; a zombie, which nobody has waited for yet, does not. */
export function isRunning(pid: number): boolean {
  return processes().some((entry) => entry.pid === pid);
}

/** The processes that one process has started, and theirs. */
export function descendants(of: number): Process[] {
  const all = processes();
  const children = (pid: number): Process[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...children(child.pid)]);
  return children(of);
}

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly uid: number;
  readonly command: string;
}

function processes(): Process[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,uid=,stat=,comm='], { encoding: 'utf8' });
  return table
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && !match[4]?.startsWith('Z'))
    .map((match) => ({
      pid: Number(match?.[1]),
      parent: Number(match?.[2]),
      uid: Number(match?.[3]),
      command: match?.[5] ?? '',
    }));
}
