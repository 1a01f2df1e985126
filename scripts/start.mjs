/**
 * `npm start`: builds what is not up to date, then is the service. npm does not always pass a signal on and may be
 * killed itself; the service then stops in good order instead of living on unseen. `node dist/main.js` does live on.
 */
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [, major, minor] = /(\d+)\.(\d+)/.exec(engines.node).map(Number);
const [ourMajor, ourMinor] = process.versions.node.split('.').map(Number);
if (ourMajor < major || (ourMajor === major && ourMinor < minor)) {
  // Before anything is loaded that such a Node does not understand. dist/main.js asks again, for there may be no build.
  console.error(
    `slipway: Node ${process.versions.node} is too old: Slipway needs ${major}.${minor} or later`,
  );
  process.exit(1);
}
const { build } = await import('./build.mjs');

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
