import type { DirectoryLock } from '@slipway/process-lock';
import { ProviderError } from '../../events/provider-error.js';
import { exists } from '../../platform/plain-files.js';
import { lockFolder } from './folder-lock.js';
import type { SandboxFiles } from './sandbox-files.js';

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
  const lock = await lockFolder(sessions, `${sessionId}.lock`, signal, async () => {
    // The lock would make the folder, and with it something that looks like a sandbox.
    if (await exists(sessions)) return;
    throw new ProviderError('sandbox_missing', 'The sandbox of this session is not here.', {
      retryable: false,
    });
  });
  return { release: () => letGo(lock) };
}

/** With the sandbox's records the lock has gone as well. */
function letGo(lock: DirectoryLock): void {
  try {
    lock.release();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
