import { readFileSync, readdirSync } from 'node:fs';

/** Process ids whose command line or environment mentions the text: whatever was started for a directory of ours. */
export function processesMentioning(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) => read(file).includes(text)),
    )
    .filter((pid) => !/^\d+ \(.*\) Z/s.test(read(`/proc/${pid}/stat`)))
    .map(Number);
}

/** Ends whatever was started for a directory of ours and is still there. */
export function endMentioning(directory: string): void {
  for (const pid of processesMentioning(directory))
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Ended meanwhile.
    }
}

/** A process's command line, word by word; empty when it has ended. */
export const argumentsOf = (pid: number): string[] =>
  read(`/proc/${pid}/cmdline`).split('\0').filter(Boolean);

/** What the descendants of a process show to who may look: their command lines and environments. */
export function shownByDescendants(of: number): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(
    pids.map((pid) => [Number(pid), Number(/\) . (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1])]),
  );
  const isBelow = (pid: number | undefined): boolean => {
    const parent = pid === undefined ? undefined : parents.get(pid);
    return parent !== undefined && (parent === of || isBelow(parent));
  };
  // Until it runs a program of its own, a child is a copy of whoever forked it.
  const own = read(`/proc/${of}/cmdline`);
  return [...parents.keys()]
    .filter((pid) => isBelow(pid) && read(`/proc/${pid}/cmdline`) !== own)
    .map((pid) => read(`/proc/${pid}/cmdline`) + read(`/proc/${pid}/environ`));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Ended meanwhile.
    return '';
  }
}
