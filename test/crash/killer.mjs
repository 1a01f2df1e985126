/**
 * Kills the process that it is loaded into (`node --import`) with SIGKILL at a trace point. On SIGUSR2 it reads
 * `<trace point> <n>` from $CRASH_FILE and removes the file; the process ends at the nth passage from then on.
 * A file that says `<trace point> <n> <task id>` concerns that task alone, is read at each start as well and is left
 * in place: a task that kills every process that touches it. With `fails` for a fourth word the process lives, and what it does
 * next fails as by a bug: the time cannot be written.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, readFileSync, rmSync } from 'node:fs';

const file = process.env.CRASH_FILE;
let disarm = () => {};

const words = () => readFileSync(file, 'utf8').trim().split(' ');

function arm() {
  disarm();
  const [point, n, onlyTask, how] = words();
  let left = Number(n);
  const kill = ({ taskId }) => {
    if (onlyTask !== undefined && onlyTask !== taskId) return;
    if (--left > 0) return;
    if (how === 'fails') failOnce();
    else process.kill(process.pid, 'SIGKILL');
  };
  const name = `slipway.${point}`;
  subscribe(name, kill);
  disarm = () => unsubscribe(name, kill);
  if (onlyTask === undefined) rmSync(file);
}

/** Whoever writes a time next, before anything is waited for. */
function failOnce() {
  const { toISOString } = Date.prototype;
  const mend = () => void (Date.prototype.toISOString = toISOString);
  Date.prototype.toISOString = () => {
    mend();
    throw new TypeError('A test asked for a bug');
  };
  queueMicrotask(mend);
}

if (file !== undefined) {
  process.on('SIGUSR2', arm);
  if (existsSync(file) && words().length > 2) arm();
}
