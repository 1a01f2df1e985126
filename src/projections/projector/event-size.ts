import type { StoredEvent } from '../../events/stored-event.js';

/** Characters that rows made of the event hold, roughly. Only prompts are large; everything else counts as a little. */
export function sizeOf({ data }: StoredEvent): number {
  const { task, prompt } = (data ?? {}) as { task?: unknown; prompt?: unknown };
  // A prompt is whole in the history only.
  return (
    1_000 + (typeof task === 'string' ? task.length : 0) + (typeof prompt === 'string' ? prompt.length : 0)
  );
}
