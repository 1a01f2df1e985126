import type { Transcript } from '@slipway/client';

type Message = Transcript['messages'][number];

/**
 * What to show of a session: the agent's transcript, which begins with the prompt; before there is one, and in the past, of
 * which no transcript is kept, the prompt alone where it is known.
 */
export function saidIn(
  prompt: string | null,
  transcript: Pick<Transcript, 'messages'> | undefined,
  past: boolean,
): readonly Pick<Message, 'role' | 'text'>[] {
  if (!past && transcript !== undefined && transcript.messages.length > 0) return transcript.messages;
  return prompt === null ? [] : [{ role: 'user', text: prompt }];
}
