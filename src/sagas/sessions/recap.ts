import { sessionCodec } from '../../events/session/session-codec.js';
import { sessionStream } from '../../events/session/session-events.js';
import type { EventStore } from '../../store/event-store.js';

/** What was said in a session, for an agent that knows nothing of it: the end, at most so many characters. */
export async function recapOf(store: EventStore, sessionId: string, most: number): Promise<string> {
  let recap = '';
  for await (const stored of store.readStream(sessionStream(sessionId))) {
    const event = sessionCodec.decode(stored);
    if (event?.type === 'PromptQueued') recap += `\n\nPerson: ${event.data.text}`;
    if (event?.type === 'AgentSaid') recap += `\n\nAgent: ${event.data.text}`;
    if (recap.length > 2 * most) recap = recap.slice(-most);
  }
  return recap.slice(-most).trimStart();
}
