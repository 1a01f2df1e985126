import { ProviderError } from '../../events/provider-error.js';

/** What dockerode rejects with: an answer's status and text, or the failure of its connection. */
interface EngineError extends Error {
  readonly statusCode?: number;
  readonly json?: { readonly message?: unknown };
  readonly code?: string;
}

const NO_ROOM = /no space left on device|disk quota exceeded/i;
const NO_SOURCE = /bind source path does not exist/i;
const LONGEST = 400;

/** The status of an engine's answer; undefined for whatever else went wrong. */
export const statusOf = (error: unknown): number | undefined => (error as EngineError | null)?.statusCode;

/** What a failure of the engine means for a task. */
export function engineFailure(what: string, cause: unknown): unknown {
  if (cause instanceof ProviderError || typeof cause !== 'object' || cause === null) return cause;
  const { statusCode, json, code, message } = cause as EngineError;
  if (statusCode === undefined) {
    const why = code === 'EACCES' ? 'its socket may not be used by this user' : (code ?? message);
    return new ProviderError('engine_unreachable', `The Docker engine does not answer (${what}: ${why}).`, {
      cause,
    });
  }
  const text = (typeof json?.message === 'string' ? json.message : message).slice(0, LONGEST);
  if (NO_ROOM.test(text))
    return new ProviderError('sandbox_disk_full', `The engine has no room left (${what}): ${text}`, {
      cause,
    });
  if (NO_SOURCE.test(text)) {
    const reason = `The engine does not see this machine's files (${text}): it must run on the machine of the service.`;
    return new ProviderError('engine_unsupported', reason, { cause });
  }
  return new ProviderError('engine_failed', `The Docker engine refused (${what}): ${text}`, { cause });
}
