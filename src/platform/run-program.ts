import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { onAbort } from './aborts.js';
import { signalGroup } from './process-signal.js';

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment: nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Without, only the signal ends it. */
  readonly timeoutMs?: number;
  /** Given on standard input, which is closed after it. */
  readonly input?: string | AsyncIterable<Buffer>;
  /** Given on descriptor 3 to the program and its children: it stands in no argument, environment or file. */
  readonly secret?: string;
  /** The most that is kept of each output stream, in bytes; 1 MiB by default. */
  readonly mostOutput?: number;
}

export interface RunResult {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** It took longer than it may. */
export class RunTimeoutError extends Error {
  override readonly name = 'RunTimeoutError';
}

const MOST_OUTPUT = 1 << 20;
const MERCY_MS = 2_000;

/**
 * Runs a program without a shell, in a process group of its own, and waits for its end. On abort or
 * time-out the whole group gets SIGTERM (git removes its lock files then), after 2 s SIGKILL, and
 * the promise rejects only when it is gone. Output beyond `mostOutput` is dropped.
 * @throws the signal's reason, RunTimeoutError, or the error of a program that cannot be started
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  options.signal.throwIfAborted();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: [
      options.input === undefined ? 'ignore' : 'pipe',
      ...(['pipe', 'pipe'] as const),
      ...(options.secret === undefined ? [] : (['pipe'] as const)),
    ],
  });
  const secret = child.stdio[3] as Writable | undefined;
  // Nobody may have asked for it.
  secret?.on('error', () => undefined).end(options.secret);
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const most = options.mostOutput ?? MOST_OUTPUT;
  for (const name of ['stdout', 'stderr'] as const) {
    let size = 0;
    child[name]?.on('data', (chunk: Buffer) => {
      if (size < most) output[name].push(chunk.subarray(0, most - size));
      size += chunk.length;
    });
  }
  // A program that ends before it has read its input is judged by its exit code.
  child.stdin?.on('error', () => undefined);
  let badInput: unknown;
  const fed =
    typeof options.input === 'object' && child.stdin
      ? pipeline(options.input, child.stdin).catch((error: unknown) => (badInput = error))
      : child.stdin?.end(options.input);

  const signalChild = (name: NodeJS.Signals) => {
    if (child.pid !== undefined) signalGroup(child.pid, name);
  };
  let stopped: Error | undefined;
  let killer: NodeJS.Timeout | undefined;
  const stop = (reason: Error) => {
    if (stopped) return;
    stopped = reason;
    signalChild('SIGTERM');
    killer = setTimeout(() => signalChild('SIGKILL'), MERCY_MS);
  };
  const cancel = onAbort(options.signal, () => stop(options.signal.reason as Error));
  const { timeoutMs } = options;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => stop(new RunTimeoutError(`It took longer than ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    if (stopped) throw stopped;
    await fed;
    if (badInput !== undefined && code === 0) throw badInput as Error;
    return {
      code,
      stdout: Buffer.concat(output.stdout).toString(),
      stderr: Buffer.concat(output.stderr).toString(),
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(killer);
    cancel();
  }
}
