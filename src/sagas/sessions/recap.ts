import type { SessionStreams } from '../../store/session-streams.js';

/** What was said in a session, for an agent that knows nothing of it: the end, at most so many characters. */
export async function recapOf(sessions: SessionStreams, sessionId: string, most: number): Promise<string> {
  let recap = '';
  for (const event of await sessions.events(sessionId)) {
    if (event.type === 'PromptQueued') recap += `\n\nPerson: ${event.data.text}`;
    if (event.type === 'AgentSaid') recap += `\n\nAgent: ${event.data.text}`;
    if (recap.length > 2 * most) recap = recap.slice(-most);
  }
  return recap.slice(-most).trimStart();
}
