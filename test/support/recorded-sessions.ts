import { sessionCodec } from '../../src/events/session/session-codec.js';
import { sessionStream, type SessionEvent } from '../../src/events/session/session-events.js';
import type { AppendResult, EventStore } from '../../src/store/event-store.js';
import { causation } from './recorded-tasks.js';

const at = '2026-11-26T17:00:00.123Z';

export const sessionOpened = (sessionId: string, taskId: string): SessionEvent => ({
  type: 'SessionOpened',
  data: { sessionId, taskId, workspaceId: 'default', agentType: 'mock', permissionPolicy: 'ask', at },
});

/** So many texts of an agent, `<1>` and on, or from another number. */
export const saidTexts = (count: number, from = 1): SessionEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'AgentSaid',
    data: { text: `<${from + index}>`, cursor: from + index, at },
  }));

/** Appends events to a session behind the revision `from`. Answers where they end. */
export function appendToSession(
  store: EventStore,
  sessionId: string,
  events: readonly SessionEvent[],
  from = -1n,
): Promise<AppendResult> {
  const stored = sessionCodec.encode(events, causation());
  return store.append(sessionStream(sessionId), stored, from < 0n ? 'no_stream' : from);
}
