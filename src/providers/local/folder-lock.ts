import { acquireDirectoryLock, DirectoryInUseError, type DirectoryLock } from '@slipway/process-lock';
import { pause } from '../../platform/clock.js';

/** How often we look whether the process that holds a lock is gone, in milliseconds. */
const LOOK_MS = 250;

/**
 * Holds a name in a folder across processes: waits until whoever holds it lets go, or dies.
 * @param mayTake called before each attempt, for what must be so then; the lock would make the folder
 * @throws what `mayTake` and the disk throw, or the signal's reason
 */
export async function lockFolder(
  folder: string,
  name: string,
  signal: AbortSignal,
  mayTake: () => Promise<void> = () => Promise.resolve(),
): Promise<DirectoryLock> {
  for (;;) {
    signal.throwIfAborted();
    await mayTake();
    try {
      return await acquireDirectoryLock(folder, { name });
    } catch (error) {
      if (!(error instanceof DirectoryInUseError)) throw error;
    }
    await pause(LOOK_MS, signal);
  }
}
