import { EventEmitter } from 'node:events';

/** A piece of a text that an agent is writing. Not durable: the entry that follows has all of it. */
export interface SessionDelta {
  readonly sessionId: string;
  /** Names the text until it is stored. */
  readonly entryId: string;
  readonly kind: 'message' | 'thought';
  readonly text: string;
}

/** Pieces of texts as they are written, for those in this process who follow the session. */
export class SessionDeltas {
  private readonly emitter = new EventEmitter<Record<string, [SessionDelta]>>().setMaxListeners(0);

  tell(delta: SessionDelta): void {
    this.emitter.emit(delta.sessionId, delta);
  }

  /** Calls the listener for each piece until the returned function is called. */
  listen(sessionId: string, listener: (delta: SessionDelta) => void): () => void {
    this.emitter.on(sessionId, listener);
    return () => void this.emitter.off(sessionId, listener);
  }
}
