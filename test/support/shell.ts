import { spawn } from 'node:child_process';

export interface ShellRun {
  readonly pid: number;
  /** What it has printed so far, both ways. */
  readonly output: string;
  /** Resolves with the exit code, or null after a signal. */
  readonly ended: Promise<number | null>;
  /** Ends it and all that it started, which are one group, in good order; resolves when the shell is gone. */
  stop(): Promise<void>;
}

/** A script in a POSIX shell that stops at the first command that fails. */
export function startShell(script: string, cwd: string, env: Record<string, string>): ShellRun {
  const child = spawn('/bin/sh', ['-ec', script], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    pid: child.pid!,
    ended,
    get output() {
      return output;
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGTERM');
      await ended;
    },
  };
}
