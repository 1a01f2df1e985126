import { sessionCodec } from '../events/session/session-codec.js';
import { sessionStream, type SessionEvent } from '../events/session/session-events.js';
import { evolveSession, type Session } from '../events/session/session-state.js';
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
        prompts.reduce((sum, { text }) => sum + text.length, 0) + JSON.stringify(toolCalls).length,
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
