import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type {
  LauncherMessage,
  ProgramExit,
  SupervisedProgram,
  SupervisorMessage,
} from './supervisor-protocol.js';

const SUPERVISOR = fileURLToPath(new URL('./supervisor.js', import.meta.url));

/** A program that runs under a supervisor and ends when this process does, however this process ends. */
export interface Supervised {
  /** The program's process id; rejects if it could not be run. */
  readonly started: Promise<number>;
  /** Resolves when the program is gone, or with the supervisor's own end if that was killed (`lost`). */
  readonly exited: Promise<ProgramExit & { readonly lost: boolean }>;
  /** Starts the program's `onStop` steps. */
  stop(): void;
}

export function supervise(program: SupervisedProgram): Supervised {
  const supervisor = fork(SUPERVISOR, [JSON.stringify(program)], {
    detached: true, // Ctrl-C in a terminal goes to the service, which then stops us in its own order.
    execArgv: ['--max-old-space-size=16', '--max-semi-space-size=1'],
    env: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let settle: { started: (pid: number) => void; failed: (error: Error) => void };
  const started = new Promise<number>((resolve, reject) => (settle = { started: resolve, failed: reject }));
  started.catch(() => undefined); // Whoever waits for it hears of it.

  const exited = new Promise<ProgramExit & { lost: boolean }>((resolve) => {
    let exit: ProgramExit | undefined;
    supervisor.on('message', (message: SupervisorMessage) => {
      if ('started' in message) settle.started(message.started);
      else if ('failed' in message) settle.failed(new Error(message.failed));
      else exit = message.exited;
    });
    supervisor.on('error', (error) => settle.failed(error));
    // `close` comes after the last message; `exit` may come before it.
    supervisor.on('close', (code, signal) => {
      settle.failed(new Error('the supervisor process ended before the program was started'));
      resolve({ ...(exit ?? { code, signal, output: '' }), lost: exit === undefined });
    });
  });

  return {
    started,
    exited,
    stop: () => {
      if (supervisor.connected) supervisor.send('stop' satisfies LauncherMessage, () => undefined);
    },
  };
}
