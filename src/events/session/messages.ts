import type { SessionEvent } from './session-events.js';
import { activityOf, type Session } from './session-state.js';

/** One thing that was said, by whom. */
export interface Message {
  readonly role: 'user' | 'agent';
  readonly text: string;
  /** Whether something that was said is missing; the text has a note in its place. */
  readonly truncated?: boolean;
}

/** In a message, where something is missing: for people, and for programs that know no more than the text. */
const MISSING = '[Some of what the agent said is missing here.]\n';

/** What was said in a session without all else, oldest first: what was asked when it was sent, and what was answered. */
export function messagesOf(events: readonly SessionEvent[]): Message[] {
  const asked = new Map<string, string>();
  const messages: Message[] = [];
  const say = ({ text, ...more }: Omit<Message, 'role'>) => {
    const last = messages.at(-1);
    if (last?.role === 'agent') messages[messages.length - 1] = { ...last, text: last.text + text, ...more };
    else messages.push({ role: 'agent', text, ...more });
  };
  for (const event of events) {
    if (event.type === 'PromptQueued') asked.set(event.data.promptId, event.data.text);
    if (event.type === 'PromptSent') {
      const text = asked.get(event.data.promptId);
      // Sent again, it is still what was asked.
      asked.delete(event.data.promptId);
      if (text !== undefined) messages.push({ role: 'user', text });
    }
    if (event.type === 'AgentSaid') say({ text: event.data.text });
    if (event.type === 'TranscriptGap') say({ text: MISSING, truncated: true });
    if (event.type === 'TurnEnded' && event.data.failure)
      messages.push({ role: 'agent', text: `The agent failed: ${event.data.failure.message}` });
  }
  return messages;
}

/** What was said, for an agent that knows nothing of it: the end, at most so many characters. */
export function recapOf(messages: readonly Message[], most: number): string {
  let recap = '';
  for (const { role, text } of messages.toReversed()) {
    recap = `\n\n${role === 'user' ? 'Person' : 'Agent'}: ${text}${recap}`;
    if (recap.length > most) break;
  }
  return recap.slice(-most).trimStart();
}

/** What the agent said last: all its pieces since the last thing that was none; empty where it said nothing. */
export function lastWordsOf(events: readonly SessionEvent[]): string {
  // What is counted or set meanwhile ends no message.
  const told = events.filter(({ type }) => type !== 'UsageReported' && type !== 'ModeChanged');
  const end = told.findLastIndex(({ type }) => type === 'AgentSaid');
  const before = told.slice(0, end + 1).findLastIndex(({ type }) => type !== 'AgentSaid');
  return told
    .slice(before + 1, end + 1)
    .map((event) => (event.type === 'AgentSaid' ? event.data.text : ''))
    .join('')
    .trim();
}

/** `busy` while the agent works on a prompt, `idle` after its answer, `dead` when its process is gone. */
export type ShortState = 'busy' | 'idle' | 'dead' | 'unknown';

/** What the agent is doing, in the words of the short form. */
export function shortState(session: Session): ShortState {
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
