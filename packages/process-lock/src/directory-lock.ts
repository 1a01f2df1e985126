import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { makeDirectory } from './make-directory.js';
import { processIdentity } from './process-identity.js';

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
  /** The process that held the directory before died without giving it free: what it started may still run. */
  readonly predecessorDied: boolean;
  /** Gives the directory free. Whatever is called after the first time does nothing. */
  release(): void;
}

export interface LockOptions {
  /** What its files are called, before the number: locks of different names do not see each other. `process.lock` by default. */
  readonly name?: string;
  /** How long to wait for a living process to give the directory free, in milliseconds; 0 by default. */
  readonly waitMs?: number;
}

interface Owner {
  /** 0 once released, and where a power cut has emptied the file. */
  readonly pid: number;
  /** The process's identity; empty where the system tells none. */
  readonly started: string;
  readonly isReleased: boolean;
}

const POLL_MS = 20;
/**
 * A lock file without a number. Earlier versions of the PostgreSQL launcher put it down: it counts as long as its
 * process lives, beside the highest number.
 */
const BARE = 0;

/**
 * Makes the directory this process's own, and makes it at all where it is missing. A process that is gone does not hold
 * it, also where its number belongs to another one by now.
 *
 * Each owner puts down the next number, which only one process can; nobody removes or overwrites another's
 * number unless it holds a higher one. So, however starters race, one of them holds the highest.
 * @throws {DirectoryInUseError} when a living process has it, still after `waitMs`
 * @throws the system's error (`EACCES`, `EROFS`, …) where no files can be written
 */
export async function acquireDirectoryLock(
  directory: string,
  { name = 'process.lock', waitMs = 0 }: LockOptions = {},
): Promise<DirectoryLock> {
  await makeDirectory(directory);
  const files = new LockFiles(directory, name);
  const deadline = Date.now() + waitMs;
  for (;;) {
    const highest = files.numbers().at(-1) ?? BARE;
    const owners = [...new Set([highest, BARE])].flatMap((number) => files.read(number) ?? []);
    const living = owners.find(isAlive);
    if (living !== undefined) {
      if (Date.now() >= deadline) throw new DirectoryInUseError(directory, living.pid);
      await setTimeout(POLL_MS);
    } else if (files.claim(highest + 1)) {
      let isHeld = true;
      return {
        predecessorDied: owners.some(({ isReleased }) => !isReleased),
        release: () => {
          if (isHeld) files.release(highest + 1);
          isHeld = false;
        },
      };
    }
  }
}

class LockFiles {
  constructor(
    private readonly directory: string,
    private readonly name: string,
  ) {}

  /** Numbers put down, lowest first. */
  numbers(): number[] {
    return readdirSync(this.directory)
      .flatMap((entry) => {
        if (entry === this.name) return BARE;
        const number = entry.startsWith(`${this.name}.`) ? entry.slice(this.name.length + 1) : '';
        return /^\d+$/.test(number) ? Number(number) : [];
      })
      .sort((a, b) => a - b);
  }

  /** Who put the number down; undefined where it is gone. */
  read(number: number): Owner | undefined {
    try {
      const { pid, started, identity } = JSON.parse(readFileSync(this.file(number), 'utf8'));
      if (!Number.isSafeInteger(pid)) return UNREADABLE;
      // The file without a number spells the same identity with a slash.
      const text = String(started ?? identity ?? '').replace('/', ':');
      return { pid, started: text, isReleased: pid <= 0 };
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) return UNREADABLE;
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Whether the number, and with it the directory, is ours now. */
  claim(number: number): boolean {
    const draft = this.draft({ pid: process.pid, started: processIdentity(process.pid) ?? '' });
    try {
      // Unlike a rename, a link fails where the number is taken; and it appears whole.
      linkSync(draft, this.file(number));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const all = this.numbers();
    if (all.at(-1) !== number) {
      // We looked long ago: others have come, gone and tidied up since.
      rmSync(this.file(number), { force: true });
      return false;
    }
    for (const old of all.slice(0, -1)) rmSync(this.file(old), { force: true });
    return true;
  }

  release(number: number): void {
    renameSync(this.draft({ pid: 0, started: '' }), this.file(number));
  }

  private draft(content: { pid: number; started: string }): string {
    const draft = join(this.directory, `${this.name}.${randomUUID()}`);
    writeFileSync(draft, JSON.stringify(content));
    return draft;
  }

  private file(number: number): string {
    return join(this.directory, number === BARE ? this.name : `${this.name}.${number}`);
  }
}

/** After a power cut: nobody holds it, and whoever did has not given it free. */
const UNREADABLE: Owner = { pid: 0, started: '', isReleased: false };

function isAlive({ pid, started }: Owner): boolean {
  const now = pid > 0 ? processIdentity(pid) : undefined;
  return now !== undefined && (started === '' || now === started);
}
