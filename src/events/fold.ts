import type { Decodable } from './codec.js';

/** A fold and how far in its stream it is. */
export interface Versioned<State> {
  readonly state: State | null;
  /** Revision of the last event folded in; -1n for a stream that does not exist. */
  readonly revision: bigint;
  /** `$all` commit position of that event. */
  readonly position: bigint;
}

/** A stream that does not exist. */
export const NOTHING_YET = { state: null, revision: -1n, position: 0n } as const;

/** What folds an aggregate's stored events. */
export interface Folding<State, Event> {
  readonly decode: (stored: Decodable) => Event | null;
  readonly evolve: (state: State | null, event: Event) => State | null;
}

type Stored = Decodable & { readonly position: bigint };

/** What one stored event is, and what it makes of the aggregate. */
export interface FoldStep<State, Event> {
  /** Null for an event of a type that is not known here: it leaves the state as it is, and is folded in. */
  readonly event: Event | null;
  readonly after: Versioned<State>;
}

/** The fold with one more stored event. Throws UndecodableEventError for one that cannot be read. */
export function foldEvent<State, Event>(
  { decode, evolve }: Folding<State, Event>,
  before: Versioned<State>,
  stored: Stored,
): FoldStep<State, Event> {
  const event = decode(stored);
  const { revision, position } = stored;
  const state = event === null ? before.state : evolve(before.state, event);
  return { event, after: { state, revision, position } };
}

/** The fold of a stream, or of what follows in it after `before`. Throws UndecodableEventError, and what the read throws. */
export async function foldEvents<State, Event>(
  folding: Folding<State, Event>,
  events: AsyncIterable<Stored>,
  before: Versioned<State> = NOTHING_YET,
): Promise<Versioned<State>> {
  let fold = before;
  for await (const stored of events) fold = foldEvent(folding, fold, stored).after;
  return fold;
}
