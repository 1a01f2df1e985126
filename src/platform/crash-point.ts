import { existsSync, readFileSync, rmSync } from 'node:fs';

/** Places between two lines where a crash would be worst. The crash tests kill the process at each of them. */
export const CRASH_POINTS = [
  'create.before-append',
  'create.after-append',
  'intent.before-append',
  'intent.after-append',
  'effect.before',
  'effect.after',
  'outcome.before-append',
  'outcome.after-append',
  'branch.before-reserve',
  'branch.after-reserve',
  'message.before-handle',
  'message.before-ack',
  'message.after-ack',
  'projector.before-commit',
  'projector.after-commit',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

let armed: CrashPoint | undefined;
let passes = 0;
/** Only the passages of this task count. */
let onlyTask: string | undefined;

/**
 * With SLIPWAY_CRASH_FILE set (by the crash tests, never in production), SIGUSR2 makes the process read
 * `<crash point> <n>` from that file and remove it: it then kills itself with SIGKILL at the nth passage of the point.
 * A file that says `<crash point> <n> <task id>` concerns that task alone, is read at each start as well and is left
 * in place: a task that kills every process that touches it.
 */
export function watchCrashFile(file: string | undefined): void {
  if (file === undefined) return;
  const words = () => readFileSync(file, 'utf8').trim().split(' ');
  const arm = () => {
    const [point, n, taskId] = words();
    passes = Number(n);
    armed = CRASH_POINTS.find((known) => known === point);
    onlyTask = taskId;
    if (taskId === undefined) rmSync(file);
  };
  process.on('SIGUSR2', arm);
  if (existsSync(file) && words().length === 3) arm();
}

/** Does nothing, unless a test armed this point. @param taskId whose passage it is, where that is known */
export function crashPoint(point: CrashPoint, taskId?: string): void {
  if (armed !== point || (onlyTask !== undefined && onlyTask !== taskId)) return;
  if (--passes <= 0) process.kill(process.pid, 'SIGKILL');
}
