import { sessionCodec } from '../events/session/session-codec.js';
import { sessionStream, type SessionEvent } from '../events/session/session-events.js';
import { evolveSession, type Session, type ToolCall } from '../events/session/session-state.js';
import { AggregateStreams } from './aggregate-streams.js';
import type { EventStore } from './event-store.js';

/** Sessions as streams. */
export class SessionStreams extends AggregateStreams<Session, SessionEvent> {
  constructor(private readonly log: EventStore) {
    super(log, {
      codec: sessionCodec,
      evolve: evolveSession,
      streamOf: sessionStream,
      sizeOf: ({ prompts, toolCalls }) =>
        prompts.reduce((sum, { text }) => sum + text.length, 0) + textIn(toolCalls),
    });
  }

  /** Everything that has happened in the session. Throws UndecodableEventError. */
  async events(sessionId: string): Promise<SessionEvent[]> {
    const events: SessionEvent[] = [];
    for await (const stored of this.log.readStream(sessionStream(sessionId))) {
      const event = sessionCodec.decode(stored);
      if (event !== null) events.push(event);
    }
    return events;
  }
}

/** Characters in what tool calls show. Counted and not written out: this is asked at every append. */
const textIn = (toolCalls: readonly ToolCall[]): number =>
  toolCalls
    .flatMap(({ content }) => content)
    .reduce(
      (sum, part) =>
        sum +
        (part.type === 'text' ? part.text.length : 0) +
        (part.type === 'diff' ? (part.oldText?.length ?? 0) + part.newText.length : 0),
      0,
    );
