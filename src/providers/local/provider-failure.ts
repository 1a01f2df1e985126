import { DamagedFolderError } from '../../platform/plain-files.js';
import { NotRemovedError } from '../../platform/remove-tree.js';
import { ProviderError } from '../../events/provider-error.js';
import { AgentApiError } from './agent-api.js';
import { AgentLostError } from './agent-request.js';

/**
 * Runs a call of the port and turns what the disk and the agent server throw into ProviderErrors, so
 * that anything else is a bug. After an abort it rejects with the signal's reason, whatever was thrown.
 */
export async function asProviderCall<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw providerFailure(error);
  }
}

function providerFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ProviderError) return error;
  if (error instanceof DamagedFolderError) {
    const message = `The sandbox's folder is damaged: ${error.message}`;
    return new ProviderError('sandbox_damaged', message, { retryable: false, cause: error });
  }
  if (error instanceof NotRemovedError) {
    const message = `The sandbox cannot be removed: ${error.message}`;
    return new ProviderError('sandbox_not_removed', message, { retryable: true, cause: error });
  }
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) {
    return new ProviderError('system_failed', `${syscall} failed with ${code}.`, {
      retryable: true,
      cause: error,
    });
  }
  const unreachable = error instanceof AgentLostError || error.name === 'TimeoutError';
  if (error instanceof AgentApiError || unreachable) {
    const message = `The agent server failed: ${error.message}`;
    return new ProviderError('agent_unreachable', message, { retryable: true, cause: error });
  }
  return error;
}
