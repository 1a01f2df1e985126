import type { EventStore } from '../store/event-store.js';
import type { StoredEvent } from '../events/stored-event.js';
import { CANARY_TYPE } from '../store/store-canary.js';
import type { OperatorsStore } from '../store/store-admin.js';
import { startProgress } from './progress.js';

/** How many events go by between two looks at the progress bar. */
const STEP = 256;

/** Streams that running processes keep for themselves (probes, what is being handled); nobody misses them later. */
const INTERNAL_STREAM = /^slipway-/;

/** Whether an event says something of tasks, or of whatever else is in the store, and not of how the service runs. */
export const isHistory = ({ stream, type }: StoredEvent): boolean =>
  !INTERNAL_STREAM.test(stream) && type !== CANARY_TYPE;

/** What has happened: every event but the store's own and those of internal streams. Oldest first, to the present end. */
export const historyOf = (store: Pick<EventStore, 'readAll'>, after?: bigint): AsyncIterable<StoredEvent> =>
  historyIn(store.readAll({ after }));

/** The history among events from wherever: a file that an earlier version wrote has internal streams too. */
export async function* historyIn(events: AsyncIterable<StoredEvent>): AsyncIterable<StoredEvent> {
  for await (const event of events) if (isHistory(event)) yield event;
}

/** The history with a progress bar. How far it is, is guessed from positions: they rise, but have gaps. */
export async function* scanHistory(
  store: OperatorsStore,
  label: string,
  options: { quiet?: boolean; after?: bigint } = {},
): AsyncIterable<StoredEvent> {
  const first = Number(options.after ?? 0n);
  const progress = startProgress(label, Number(await store.headPosition()) - first, options);
  let count = 0;
  try {
    for await (const event of historyOf(store, options.after)) {
      if (++count % STEP === 0) progress.update(Number(event.position) - first, count);
      yield event;
    }
  } finally {
    progress.stop();
  }
}

/** All of it, in memory: for a stream, not for the log. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
