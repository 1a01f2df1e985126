import { acquireDirectoryLock, DirectoryInUseError } from '@slipway/process-lock';
import { pause } from '../../platform/clock.js';
import { ProviderError } from '../../events/provider-error.js';
import type { SandboxFiles } from './sandbox-files.js';
import { exists } from '../../platform/plain-files.js';

/** How often we look whether the process that holds a session is gone, in milliseconds. */
const LOOK_MS = 250;

export interface SessionLock {
  /** Whatever is called after the first time does nothing. */
  release(): void;
}

/**
 * Makes the session this attachment's own, across processes: waits until whoever has it lets go, or dies. The lock
 * lies among our records, where no agent can write.
 * @throws ProviderError when the sandbox is not (any more) here, or the signal's reason
 */
export async function lockSession(
  { sessions }: SandboxFiles,
  sessionId: string,
  signal: AbortSignal,
): Promise<SessionLock> {
  for (;;) {
    signal.throwIfAborted();
    // The lock would make the folder, and with it something that looks like a sandbox.
    if (!(await exists(sessions))) {
      throw new ProviderError('sandbox_missing', 'The sandbox of this session is not here.', {
        retryable: false,
      });
    }
    try {
      const lock = await acquireDirectoryLock(sessions, { name: `${sessionId}.lock` });
      return { release: () => letGo(lock) };
    } catch (error) {
      if (!(error instanceof DirectoryInUseError)) throw error;
    }
    await pause(LOOK_MS, signal);
  }
}

/** With the sandbox's records the lock has gone as well. */
function letGo(lock: SessionLock): void {
  try {
    lock.release();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
