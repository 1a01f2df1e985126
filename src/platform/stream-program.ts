import { spawn } from 'node:child_process';
import { onAbort } from './aborts.js';
import { signalGroup } from './process-signal.js';

export interface StreamOptions {
  readonly cwd?: string;
  /** The whole environment: nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** It ended with another exit code than 0, or by a signal (code null). */
export class StreamedProgramError extends Error {
  override readonly name = 'StreamedProgramError';

  constructor(
    file: string,
    readonly code: number | null,
    readonly stderr: string,
  ) {
    super(`${file} ended with ${code === null ? 'a signal' : `exit code ${code}`}: ${stderr.slice(-500)}`);
  }
}

const MOST_SAID = 64 << 10;
const MERCY_MS = 2_000;

/**
 * Runs a program without a shell, in a process group of its own, and gives what it prints, piece by piece and no faster than
 * it is taken: nothing more of it is held. Whoever stops taking, or aborts, ends the program.
 * @throws the signal's reason, StreamedProgramError, or the error of a program that cannot be started
 */
export async function* streamProgram(
  file: string,
  args: readonly string[],
  { cwd, env, signal }: StreamOptions,
): AsyncGenerator<Buffer, void, undefined> {
  signal.throwIfAborted();
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < MOST_SAID) said += chunk.toString();
  });
  let isOver = false;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  }).finally(() => (isOver = true));
  ended.catch(() => undefined);
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    if (isOver || child.pid === undefined) return;
    const { pid } = child;
    signalGroup(pid, 'SIGTERM');
    killer ??= setTimeout(() => signalGroup(pid, 'SIGKILL'), MERCY_MS);
    child.stdout.destroy();
  };
  const cancel = onAbort(signal, stop);
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const code = await ended;
    signal.throwIfAborted();
    if (code !== 0) throw new StreamedProgramError(file, code, said);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    cancel();
    stop();
    await ended.catch(() => undefined);
    clearTimeout(killer);
  }
}
