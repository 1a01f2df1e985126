import { randomBytes } from 'node:crypto';
import { readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readCheckoutRecord } from './checkout.js';
import type { Git } from '../../repository/git.js';
import type { LocalLog } from './local-log.js';
import { REMOTE_FILE } from './mirror.js';
import { mirrorPlace } from './mirror-place.js';
import type { MirrorUses } from './mirror-uses.js';
import { listUuids, recordsDirOf, sandboxFiles } from './sandbox-files.js';
import { removeTree } from '../../platform/remove-tree.js';

export interface UpkeepOptions {
  /** A mirror that was not fetched for so long, and that nobody needs, is deleted; absent: never. */
  readonly expireMs?: number;
}

interface Folders {
  readonly mirrors: string;
  readonly sandboxes: string;
}

/** From so many packs, or loose objects, on, packing them is worth the work. */
const MANY_PACKS = 20;
const MANY_LOOSE = 1_000;
/** What was begun so long ago belongs to a process that died. */
const ABANDONED_MS = 86_400_000;

/**
 * Keeps mirrors from growing without end, behind: packs what many fetches left behind together, and deletes what
 * dead processes, damage and unused remotes left. No object is ever dropped from a mirror that stays, for
 * checkouts borrow them. Tasks go first. Cut short anywhere, it is begun again.
 */
export class MirrorUpkeep {
  constructor(
    private readonly folders: Folders,
    private readonly git: Git,
    private readonly uses: MirrorUses,
    private readonly options: UpkeepOptions,
    private readonly log?: LocalLog,
  ) {}

  /** One round over all mirrors. What fails is logged, and tried again in the next round. */
  async run(signal: AbortSignal): Promise<void> {
    const { mirrors } = this.folders;
    const names = await readdir(mirrors).catch(() => []);
    for (const name of names.filter((each) => each.endsWith('.tmp'))) {
      if (await olderThan(join(mirrors, name), ABANDONED_MS)) await removeTree(join(mirrors, name), signal);
    }
    for (const name of names.filter((each) => /^[0-9a-f]{32}\.git$/.test(each))) {
      signal.throwIfAborted();
      try {
        await this.keepUp(join(mirrors, name), signal);
      } catch (error) {
        signal.throwIfAborted();
        this.log?.warn({ mirror: name, err: error }, 'the upkeep of a mirror failed');
      }
    }
  }

  private async keepUp(path: string, signal: AbortSignal): Promise<void> {
    if (await this.expire(path, signal)) return;
    const { expireMs } = this.options;
    const damaged = join(path, 'damaged');
    if (expireMs !== undefined && (await olderThan(damaged, expireMs))) await removeTree(damaged, signal);
    if (!(await isScattered(path))) return;
    const lock = path.replace(/git$/, 'lock');
    const done = await this.uses.whileUnused(path, signal, async (stop) => {
      // Rolls up small packs and all loose objects, whether or not a ref leads to them; the large packs stay as they
      // are, so that it is soon done.
      await this.git.run(['repack', '--quiet', '-d', '--geometric=2'], { cwd: path, lock, signal: stop });
      await this.git.run(['pack-refs', '--all'], { cwd: path, lock, signal: stop });
    });
    if (done) this.log?.info({ mirror: path }, 'mirror packed');
  }

  /** Moves it aside first, in one step, so that no half of it is ever fetched into. */
  private async expire(path: string, signal: AbortSignal): Promise<boolean> {
    if (!(await this.isExpired(path)) || (await this.isBorrowed(path))) return false;
    const aside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    let gone = false;
    await this.uses.whileUnused(path, signal, async (stop) => {
      // It may have been used since.
      if (!(await this.isExpired(path)) || (await this.holdsWork(path, stop))) return;
      stop.throwIfAborted();
      await rename(path, aside);
      gone = true;
    });
    if (!gone) return false;
    await removeTree(aside, signal);
    this.log?.info({ mirror: path }, 'mirror deleted: nobody has used it for long');
    return true;
  }

  private async isExpired(path: string): Promise<boolean> {
    const { expireMs } = this.options;
    if (expireMs === undefined) return false;
    const note = join(path, REMOTE_FILE);
    return (
      (await olderThan(note, expireMs)) ||
      (!(await stat(note).catch(() => null)) && (await olderThan(path, expireMs)))
    );
  }

  /** Work that outlived its sandbox is nowhere else. */
  private async holdsWork(cwd: string, signal: AbortSignal): Promise<boolean> {
    return (await this.git.run(['for-each-ref', '--count=1', 'refs/kept'], { cwd, signal })) !== '';
  }

  /**
   * Whether a sandbox that is there, also an archived one, may need the mirror. Of one whose record says nothing (one of an
   * older layout, one that is being made, a damaged one) nobody knows which it needs: then it may be this one.
   */
  private async isBorrowed(path: string): Promise<boolean> {
    const { mirrors, sandboxes } = this.folders;
    const there = await Promise.all([listUuids(sandboxes), listUuids(recordsDirOf(sandboxes))]);
    for (const taskId of new Set(there.flat())) {
      const done = await readCheckoutRecord(sandboxFiles(sandboxes, taskId));
      if (!done || mirrorPlace(mirrors, done.remote).path === path) return true;
    }
    return false;
  }
}

/** Whether the fetches of long left many packs or loose objects; of those a few folders are counted. */
async function isScattered(path: string): Promise<boolean> {
  const objects = join(path, 'objects');
  const packs = await readdir(join(objects, 'pack')).catch(() => []);
  if (packs.filter((name) => name.endsWith('.pack')).length > MANY_PACKS) return true;
  let loose = 0;
  for (const folder of ['17', '5a', 'a3', 'f0']) {
    loose += (await readdir(join(objects, folder)).catch(() => [])).length;
  }
  return loose * 64 > MANY_LOOSE;
}

async function olderThan(path: string, ms: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > ms;
}
