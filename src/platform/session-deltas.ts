import { EventEmitter } from 'node:events';

/** A piece of a text that an agent is writing. Not durable: the entry that follows has all of it. */
export interface SessionDelta {
  readonly sessionId: string;
  /** Names the text until it is stored. */
  readonly entryId: string;
  readonly kind: 'message' | 'thought';
  readonly text: string;
  /** Characters of the text that came before it. */
  readonly offset: number;
}

/** What carries deltas to and from other processes. */
export interface DeltaCarrier {
  /** A piece that was written in this process. */
  onTold(delta: SessionDelta): void;
  /** Somebody in this process follows the session, and nobody did before. */
  onFollowed(sessionId: string): void;
}

/** Pieces of texts as they are written, for those who follow the session. */
export class SessionDeltas {
  private readonly emitter = new EventEmitter<Record<string, [SessionDelta]>>().setMaxListeners(0);
  private carrier?: DeltaCarrier;

  /** The sessions that somebody in this process follows. */
  get followed(): string[] {
    return this.emitter.eventNames() as string[];
  }

  carryBy(carrier: DeltaCarrier): void {
    this.carrier = carrier;
  }

  tell(delta: SessionDelta): void {
    this.offer(delta);
    this.carrier?.onTold(delta);
  }

  /** A piece that was written in another process. */
  offer(delta: SessionDelta): void {
    this.emitter.emit(delta.sessionId, delta);
  }

  /** Calls the listener for each piece until the returned function is called. */
  listen(sessionId: string, listener: (delta: SessionDelta) => void): () => void {
    const isNew = this.emitter.listenerCount(sessionId) === 0;
    this.emitter.on(sessionId, listener);
    if (isNew) this.carrier?.onFollowed(sessionId);
    return () => void this.emitter.off(sessionId, listener);
  }
}
