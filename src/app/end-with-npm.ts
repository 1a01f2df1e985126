import { readFileSync } from 'node:fs';
import { signalSelf } from '../platform/process-signal.js';

const LOOK_EVERY_MS = 250;

/**
 * Under npx this process stops in good order when npm is gone: npm does not always pass a signal on and may be killed
 * itself. Run as `slipway` it lives on, as a service should.
 */
export function endWithNpm(env: Readonly<Record<string, string | undefined>>): void {
  if (env['npm_command'] !== 'exec') return;
  const first = ancestors();
  const watch = setInterval(() => {
    if (ancestors() === first) return;
    clearInterval(watch);
    signalSelf('SIGTERM');
  }, LOOK_EVERY_MS);
  watch.unref();
}

/** The process that runs us, and (where the system tells) the one that runs that: npm puts a shell between. */
function ancestors(): string {
  const { ppid } = process;
  try {
    const stat = readFileSync(`/proc/${ppid}/stat`, 'utf8');
    return `${ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`;
  } catch {
    return String(ppid);
  }
}
