import { sessionIdOfStream } from '../../events/session/session-events.js';
import type { StoredEvent } from '../../events/stored-event.js';

/**
 * Characters that rows made of the event hold, roughly. Of a task only prompts are large (whole in the history only), and
 * everything else counts as a little; in a session much may be.
 */
export function sizeOf({ stream, data }: Pick<StoredEvent, 'stream' | 'data'>): number {
  if (sessionIdOfStream(stream) !== null) return 500 + JSON.stringify(data ?? null).length;
  const { task, prompt } = (data ?? {}) as { task?: unknown; prompt?: unknown };
  return (
    1_000 + (typeof task === 'string' ? task.length : 0) + (typeof prompt === 'string' ? prompt.length : 0)
  );
}
