import { acquireDirectoryLock, DirectoryInUseError, type DirectoryLock } from '@slipway/process-lock';
import { pause } from '../../platform/clock.js';
import { ProviderError } from '../../events/provider-error.js';
import type { SandboxFiles } from './sandbox-files.js';
import { exists } from '../../platform/plain-files.js';

/** How often we look whether the process that holds a session is gone, in milliseconds. */
const LOOK_MS = 250;

/**
 * Makes the session this attachment's own, across processes: waits until whoever has it lets go, or dies. The lock
 * lies among our records, where no agent can write.
 * @throws ProviderError when the sandbox is not (any more) here, or the signal's reason
 */
export async function lockSession(
  { sessions }: SandboxFiles,
  sessionId: string,
  signal: AbortSignal,
): Promise<DirectoryLock> {
  for (;;) {
    signal.throwIfAborted();
    // The lock would make the folder, and with it something that looks like a sandbox.
    if (!(await exists(sessions))) {
      throw new ProviderError('sandbox_missing', 'The sandbox of this session is not here.', {
        retryable: false,
      });
    }
    try {
      return await acquireDirectoryLock(sessions, { name: `${sessionId}.lock` });
    } catch (error) {
      if (!(error instanceof DirectoryInUseError)) throw error;
    }
    await pause(LOOK_MS, signal);
  }
}
