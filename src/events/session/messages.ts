import type { SessionEvent } from './session-events.js';
import { activityOf, type Session } from './session-state.js';

/** One thing that was said, by whom. */
export interface Message {
  readonly role: 'user' | 'agent';
  readonly text: string;
}

/** What was said in a session without all else, oldest first: what was asked when it was sent, and what was answered. */
export function messagesOf(events: readonly SessionEvent[]): Message[] {
  const asked = new Map<string, string>();
  const messages: Message[] = [];
  for (const event of events) {
    if (event.type === 'PromptQueued') asked.set(event.data.promptId, event.data.text);
    if (event.type === 'PromptSent') {
      const text = asked.get(event.data.promptId);
      // Sent again, it is still what was asked.
      asked.delete(event.data.promptId);
      if (text !== undefined) messages.push({ role: 'user', text });
    }
    if (event.type === 'AgentSaid') {
      const last = messages.at(-1);
      if (last?.role === 'agent')
        messages[messages.length - 1] = { ...last, text: last.text + event.data.text };
      else messages.push({ role: 'agent', text: event.data.text });
    }
    if (event.type === 'TurnEnded' && event.data.failure)
      messages.push({ role: 'agent', text: `The agent failed: ${event.data.failure.message}` });
  }
  return messages;
}

/** What the agent is doing, in the words of the short form. */
export function shortState(session: Session): 'busy' | 'idle' | 'dead' | 'unknown' {
  switch (activityOf(session)) {
    case 'idle':
      return session.prompts.some(({ state }) => state === 'queued') ? 'busy' : 'idle';
    case 'lost':
    case 'ended':
      return 'dead';
    case 'starting':
      return 'unknown';
    default:
      return 'busy';
  }
}
