import type { StoredEvent } from '../../events/stored-event.js';

/** A stream at a glance. */
export interface StreamSummary {
  readonly stream: string;
  readonly events: number;
  readonly lastType: string;
  readonly lastPosition: bigint;
  readonly lastAt: Date;
}

export const STREAM_ORDERS = ['last', 'name', 'events'] as const;
export type StreamOrder = (typeof STREAM_ORDERS)[number];

const BY: Record<StreamOrder, (a: StreamSummary, b: StreamSummary) => number> = {
  last: (a, b) => (a.lastPosition < b.lastPosition ? 1 : -1),
  name: (a, b) => (a.stream < b.stream ? -1 : 1),
  events: (a, b) => b.events - a.events,
};

/** The streams whose names begin with the prefix, from the events of the log in their order. */
export async function summarizeStreams(
  events: AsyncIterable<StoredEvent>,
  prefix = '',
  order: StreamOrder = 'last',
): Promise<StreamSummary[]> {
  const streams = new Map<string, StreamSummary>();
  for await (const { stream, type, position, created } of events) {
    if (!stream.startsWith(prefix)) continue;
    const count = (streams.get(stream)?.events ?? 0) + 1;
    streams.set(stream, { stream, events: count, lastType: type, lastPosition: position, lastAt: created });
  }
  return [...streams.values()].sort(BY[order]);
}
