import { AggregateStreams } from '../store/aggregate-streams.js';
import { WrongExpectedRevisionError } from '../store/event-store.js';
import { causedBy, type AccessAuthor } from './caused-by.js';

const MAX_TRIES = 20;
const ID = 'all';

/** One stream that says who gets in: small enough to be held in memory whole. */
export abstract class AccessStream<
  State,
  Event extends { readonly type: string; readonly data: object },
> extends AggregateStreams<State, Event> {
  /** What it comes to before anything has happened. */
  protected abstract readonly nothing: State;

  /** As far as it is known here. */
  get known(): State {
    return this.cached(ID)?.state ?? this.nothing;
  }

  async latest(): Promise<State> {
    return (await this.refresh(ID)).state ?? this.nothing;
  }

  /** Stores an event unless it is not wanted as things are; answers what it comes to after it. */
  async change(event: (state: State) => Event | null, author: AccessAuthor): Promise<State> {
    // A stream of which the store keeps nothing any more has an end all the same.
    let end = -1n;
    for (let tries = 1; ; tries++) {
      const read = await this.refresh(ID);
      const fold = read.revision < end ? { ...read, revision: end } : read;
      const next = event(fold.state ?? this.nothing);
      if (next === null) return fold.state ?? this.nothing;
      try {
        return (await this.append(ID, fold, [next], causedBy(author))).state!;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError) || tries >= MAX_TRIES) throw error;
        end = error.actual;
      }
    }
  }
}
