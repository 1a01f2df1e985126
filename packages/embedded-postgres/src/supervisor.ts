/**
 * The process between the launcher and PostgreSQL. A launcher that is killed cannot clean up, but the kernel closes its
 * channel to this process, which then ends PostgreSQL; and this process ends when PostgreSQL does.
 */
import { spawn } from 'node:child_process';
import { BoundedLog } from './bounded-log.js';
import type { StopStep, SupervisedProgram, SupervisorMessage } from './supervisor-protocol.js';

/** Bytes of the log file; with its predecessor twice that. */
const LOG_LIMIT = 4 * 1024 * 1024;
/** Milliseconds from the program's end to ours, if processes of its own still hold its output open. */
const LEFTOVERS = 2_000;

process.title = 'slipway-postgres-supervisor';
// A signal meant for the service may reach us too; the order of the shutdown is the launcher's to decide.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const program = JSON.parse(process.argv[2] ?? '') as SupervisedProgram;
const log = new BoundedLog(program.logFile, LOG_LIMIT);

const child = spawn(program.command, program.args, {
  cwd: program.cwd, // Entered before the change of user: see `data-path.ts`.
  uid: program.uid,
  gid: program.gid,
  detached: program.group,
  // Nothing of the service's environment, which may hold secrets. TZ spares initdb a search through all time zones.
  env: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, LC_ALL: 'C', TZ: 'UTC' },
  stdio: ['ignore', 'pipe', 'pipe'],
  windowsHide: true,
});
let output = '';
for (const stream of [child.stdout, child.stderr]) {
  stream.on('data', (chunk: Buffer) => {
    log.write(chunk);
    output = (output + chunk.toString()).slice(-2000);
  });
}
child.on('error', (error) => finish({ failed: error.message }));
process.on('uncaughtException', (error) => finish({ failed: error.message }));
child.on('spawn', () => tell({ started: child.pid as number }));
// `close` comes when its own child processes are gone too, which may take long if it died without ending them.
child.on('close', (code, signal) => finish({ exited: { code, signal, output } }));
child.on('exit', (code, signal) => setTimeout(() => finish({ exited: { code, signal, output } }), LEFTOVERS));

process.on('message', () => end(program.onStop));
process.on('disconnect', () => end(program.onOrphaned));
// The launcher may have died before the line above was reached.
if (!process.connected) end(program.onOrphaned);

function end(steps: readonly StopStep[]): void {
  for (const { signal, after } of steps) setTimeout(() => send(signal), after);
}

function send(signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (!program.group) child.kill(signal);
  else {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group is gone.
    }
  }
}

function tell(message: SupervisorMessage, then?: () => void): void {
  if (process.connected) process.send?.(message, () => then?.());
  else then?.();
}

function finish(message: SupervisorMessage): void {
  tell(message, () => process.exit());
}
