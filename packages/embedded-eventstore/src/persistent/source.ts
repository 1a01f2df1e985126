import type { StoredEvent } from '../store/event.js';
import type { Store } from '../store/store.js';
import { firstVisible } from '../store/stream-state.js';
import { Filter } from '../streams/filter.js';
import type { GroupSettings } from './settings.js';

export const ALL = '$all';

/** Where a group's events come from. Places are revisions or, for `$all`, positions. */
export interface Source {
  /** Place of an event. */
  place(event: StoredEvent): number;
  /** The events behind `after`, in order; none when there are no more for now. `read` is the last place looked at. */
  read(after: number, limit: number): { events: StoredEvent[]; read: number };
  wants(event: StoredEvent): boolean;
  /** Whether a commit may concern the group. */
  concerns(events: readonly StoredEvent[]): boolean;
  /** Place of the first event that there is to see, or that the next one will have. */
  first(): number;
  /** Place of the last event there is; undefined for none. */
  last(): number | undefined;
  /** Text form of a place, as the statistics give it. */
  text(place: number): string;
}

export function sourceOf(store: Store, stream: string, settings: GroupSettings): Source {
  return stream === ALL ? allSource(store, settings) : streamSource(store, stream);
}

/** The place behind which a new group starts. */
export function startAfter(source: Source, startFrom: GroupSettings['startFrom']): number {
  if (startFrom === 'start') return -1;
  return startFrom === 'end' ? (source.last() ?? -1) : startFrom - 1;
}

function allSource(store: Store, settings: GroupSettings): Source {
  const filter = settings.filter && new Filter(settings.filter);
  return {
    place: (event) => event.position,
    read: (after, limit) => {
      const events = store.readAll(after + 1, limit);
      return { events, read: events.at(-1)?.position ?? after };
    },
    wants: (event) => !filter || filter.accepts(event),
    concerns: () => true,
    first: () => 0,
    last: () => store.last?.position,
    text: (position) => `C:${position}/P:${position}`,
  };
}

function streamSource(store: Store, stream: string): Source {
  return {
    place: (event) => event.revision,
    read: (after, limit) => {
      const state = store.stream(stream);
      if (!state || state.tombstoned || after >= state.head) return { events: [], read: after };
      const { events, next } = store.readStream(state, after + 1, limit);
      return { events, read: next - 1 };
    },
    wants: () => true,
    concerns: (events) => events.some((event) => event.stream === stream),
    first: () => {
      const state = store.stream(stream);
      return state ? firstVisible(state) : 0;
    },
    last: () => {
      const head = store.stream(stream)?.head ?? -1;
      return head < 0 ? undefined : head;
    },
    text: String,
  };
}
