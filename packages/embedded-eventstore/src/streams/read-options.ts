import type { StoredEvent } from '../store/event.js';
import type { Store } from '../store/store.js';
import type { ResolvedEvent } from './encode.js';
import type { Filter } from './filter.js';

/** What a reader has asked for, beside where to start. */
export interface ReadOptions {
  /** Show what links point to. */
  resolveLinks: boolean;
  /** Ids as two numbers. */
  structuredIds: boolean;
  filter: Filter | undefined;
}

/** Shows each event, or what it links to. */
export const resolveAll = (store: Store, events: readonly StoredEvent[], links: boolean): ResolvedEvent[] =>
  events.map((event) => (links && event.isLink ? { event: store.resolve(event), link: event } : { event }));
