/**
 * Kills the process that it is loaded into (`node --import`) with SIGKILL at a trace point. On SIGUSR2 it reads
 * `<trace point> <n>` from $CRASH_FILE and removes the file; the process ends at the nth passage from then on.
 * A file that says `<trace point> <n> <task id>` concerns that task alone, is read at each start as well and is left
 * in place: a task that kills every process that touches it.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, readFileSync, rmSync } from 'node:fs';

const file = process.env.CRASH_FILE;
let disarm = () => {};

const words = () => readFileSync(file, 'utf8').trim().split(' ');

function arm() {
  disarm();
  const [point, n, onlyTask] = words();
  let left = Number(n);
  const kill = ({ taskId }) => {
    if (onlyTask !== undefined && onlyTask !== taskId) return;
    if (--left <= 0) process.kill(process.pid, 'SIGKILL');
  };
  const name = `slipway.${point}`;
  subscribe(name, kill);
  disarm = () => unsubscribe(name, kill);
  if (onlyTask === undefined) rmSync(file);
}

if (file !== undefined) {
  process.on('SIGUSR2', arm);
  if (existsSync(file) && words().length === 3) arm();
}
