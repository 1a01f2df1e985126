import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { makeDirectory } from './make-directory.js';
import { startOfProcess } from './process-start.js';

/** Another living process holds the directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';

  constructor(
    readonly directory: string,
    readonly pid: number,
  ) {
    super(`${directory} is in use by process ${pid}. Stop that process, or use another directory.`);
  }
}

export interface DirectoryLock {
  /** Gives the directory free. */
  release(): void;
}

interface Owner {
  /** 0 once released. */
  pid: number;
  /** When that process started: a later process of the same number differs in it. */
  started: string;
}

const NAME = /^process\.lock\.(\d+)$/;
const POLL_MS = 20;

/**
 * Makes the directory this process's own. A process that is gone does not hold it, also where its number belongs
 * to another one by now. Throws a DirectoryInUseError if it is still taken after `waitMs`.
 *
 * Each owner puts down the next number, which only one process can; nobody removes or overwrites another's
 * number unless it holds a higher one. So, however starters race, one of them holds the highest.
 */
export async function acquireDirectoryLock(directory: string, waitMs = 0): Promise<DirectoryLock> {
  await makeDirectory(directory);
  const deadline = Date.now() + waitMs;
  for (;;) {
    const highest = generations(directory).at(-1) ?? 0;
    const owner = highest > 0 ? readOwner(directory, highest) : undefined;
    if (owner && isAlive(owner)) {
      if (Date.now() >= deadline) throw new DirectoryInUseError(directory, owner.pid);
      await setTimeout(POLL_MS);
    } else if (claim(directory, highest + 1)) {
      return { release: () => write(directory, highest + 1, { pid: 0, started: '' }) };
    }
  }
}

/** Numbers put down, lowest first. */
const generations = (directory: string) =>
  readdirSync(directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

function claim(directory: string, generation: number): boolean {
  const draft = join(directory, `process.lock.${randomUUID()}`);
  writeFileSync(draft, JSON.stringify({ pid: process.pid, started: startOfProcess(process.pid) ?? '' }));
  try {
    // Unlike a rename, a link fails where the number is taken; and it appears whole.
    linkSync(draft, file(directory, generation));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const all = generations(directory);
  if (all.at(-1) !== generation) {
    // We looked long ago: others have come, gone and tidied up since.
    rmSync(file(directory, generation), { force: true });
    return false;
  }
  for (const old of all.slice(0, -1)) rmSync(file(directory, old), { force: true });
  return true;
}

const file = (directory: string, generation: number) => join(directory, `process.lock.${generation}`);

function write(directory: string, generation: number, owner: Owner): void {
  const draft = join(directory, `process.lock.${randomUUID()}`);
  writeFileSync(draft, JSON.stringify(owner));
  renameSync(draft, file(directory, generation));
}

/** Undefined where it is gone or, after a power loss, empty: then nobody holds it. */
function readOwner(directory: string, generation: number): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file(directory, generation), 'utf8')) as Owner;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive({ pid, started }: Owner): boolean {
  const now = pid > 0 ? startOfProcess(pid) : undefined;
  return now !== undefined && (started === '' || now === started);
}
