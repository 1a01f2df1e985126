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

/** A process's command line, word by word; empty when it has ended. */
export const argumentsOf = (pid: number): string[] =>
  read(`/proc/${pid}/cmdline`).split('\0').filter(Boolean);

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Ended meanwhile.
    return '';
  }
}
