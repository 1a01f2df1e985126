/**
 * `npm start`: builds what is not up to date, then is the service. npm does not always pass a signal on and may be
 * killed itself; the service then stops in good order instead of living on unseen. `node dist/main.js` does live on.
 */
import { readFileSync } from 'node:fs';
import { build } from './build.mjs';

const LOOK_EVERY_MS = 250;

/** The process that runs us, and (where the system tells) the one that runs that: npm puts a shell between. */
function ancestors() {
  const { ppid } = process;
  try {
    const stat = readFileSync(`/proc/${ppid}/stat`, 'utf8');
    return `${ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`;
  } catch {
    return String(ppid);
  }
}

if (process.env.npm_lifecycle_event === 'start') {
  const first = ancestors();
  const watch = setInterval(() => {
    if (ancestors() === first) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  watch.unref();
}

try {
  await build();
} catch (error) {
  console.error(`slipway: ${error.message}`);
  process.exit(1);
}
await import('../dist/main.js');
