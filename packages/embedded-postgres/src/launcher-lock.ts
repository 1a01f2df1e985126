import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { errorCode, PostgresStartError } from './errors.js';
import { describeProcess, processIdentity } from './processes.js';

export interface LauncherLock {
  /** True when an earlier launcher died without letting go: its server may still be on its way out. */
  readonly predecessorDied: boolean;
  release(): void;
}

/**
 * Makes this process the only launcher of a data directory. The lock is a file that names its holder; one whose holder
 * is dead is taken over. It gives early, clear refusals and keeps two first starts apart: the data itself is
 * guarded by PostgreSQL's own interlock as well.
 * @throws {PostgresStartError} `in-use`, naming the holder.
 */
export function acquireLauncherLock(file: string): LauncherLock {
  const text = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid), nonce: nonce() });
  let predecessorDied = false;
  // Each round ends with the lock, a refusal, or a dead holder's file gone; rounds repeat only while others compete.
  for (let round = 0; round < 100; round++) {
    if (createWhole(file, text)) {
      return {
        predecessorDied,
        release: () => {
          if (readIfThere(file) === text) rmSync(file, { force: true });
        },
      };
    }
    const held = readIfThere(file);
    if (held === undefined) continue;
    const holder = livingHolder(held);
    if (holder !== undefined) {
      throw new PostgresStartError(
        'in-use',
        `The data directory is in use by ${holder === process.pid ? 'this process' : describeProcess(holder)}: ` +
          `stop it first, or choose another data directory (lock: ${file}).`,
      );
    }
    predecessorDied = removeExactly(file, held) || predecessorDied;
  }
  throw new PostgresStartError('in-use', `Several processes compete for ${file}: start one at a time.`);
}

/** Creates the file with all of its content at once, so that a kill never leaves an empty lock behind. */
function createWhole(file: string, text: string): boolean {
  const draft = `${file}.${nonce()}`;
  writeFileSync(draft, text, { mode: 0o644 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes the file only if it still says `expected`: another launcher may have taken the dead one's place already. */
function removeExactly(file: string, expected: string): boolean {
  const aside = `${file}.${nonce()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  const ours = readIfThere(aside) === expected;
  try {
    if (!ours) linkSync(aside, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return ours;
}

function livingHolder(text: string): number | undefined {
  try {
    const { pid, identity } = JSON.parse(text) as { pid: number; identity?: string };
    return identity !== undefined && processIdentity(pid) === identity ? pid : undefined;
  } catch {
    return undefined; // Not a lock of ours; a crash of the file system may leave such.
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const nonce = () => randomBytes(6).toString('hex');
