import { chownSync, mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const IS_ROOT = process.getuid?.() === 0;
/** A user that is not root, for the tests that root runs. */
export const NOBODY = 65534;

/** Directories that are gone after the test; each is closed to other users (mode 700), as `mkdtemp` makes them. */
export class Scratch {
  private readonly made: string[] = [];

  directory(owner?: number): string {
    const path = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-postgres-test-')));
    this.made.push(path);
    if (owner !== undefined) chownSync(path, owner, owner);
    return path;
  }

  async remove(): Promise<void> {
    for (const path of this.made.splice(0)) await rm(path, { recursive: true, force: true, maxRetries: 10 });
  }
}
