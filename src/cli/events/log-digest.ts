import { createHash } from 'node:crypto';
import type { StoredEvent } from '../../events/stored-event.js';

/** What a log holds, in few bytes: equal digests mean equal events in an equal order. */
export interface LogDigest {
  readonly events: number;
  /** By stream: its number of events and a SHA-256 over them. */
  readonly streams: ReadonlyMap<string, { readonly events: number; readonly sha256: Buffer }>;
  /** SHA-256 over the ids of all events in the order of the log. */
  readonly order: string;
}

/** Digests events by what a copy keeps: stream, revision, id, type, data and metadata. Not position and time. */
export class LogDigester {
  private readonly order = createHash('sha256');
  private readonly streams = new Map<string, { events: number; sha256: Buffer }>();
  private events = 0;

  /** In the order of the log. */
  add(event: StoredEvent): void {
    this.events++;
    this.order.update(event.id);
    const known = this.streams.get(event.stream);
    // A chain: no hash has to be held open for each of very many streams.
    const sha256 = createHash('sha256')
      .update(known?.sha256 ?? '')
      .update(JSON.stringify([`${event.revision}`, event.id, event.type, event.data, event.metadata]))
      .digest();
    this.streams.set(event.stream, { events: (known?.events ?? 0) + 1, sha256 });
  }

  /** Of all that was added; once. */
  digest(): LogDigest {
    return { events: this.events, streams: this.streams, order: this.order.digest('hex') };
  }
}

export async function digestLog(events: AsyncIterable<StoredEvent>): Promise<LogDigest> {
  const digester = new LogDigester();
  for await (const event of events) digester.add(event);
  return digester.digest();
}

/** What the second log does not have in common with the first, a line each; empty when they are equal. */
export function compareDigests(first: LogDigest, second: LogDigest): string[] {
  const differences: string[] = [];
  for (const [stream, { events, sha256 }] of first.streams) {
    const other = second.streams.get(stream);
    if (other === undefined) differences.push(`${stream} is missing`);
    else if (other.events !== events)
      differences.push(`${stream} has ${other.events} events instead of ${events}`);
    else if (!other.sha256.equals(sha256)) differences.push(`${stream} has other contents`);
  }
  for (const stream of second.streams.keys())
    if (!first.streams.has(stream)) differences.push(`${stream} is not in the source`);
  if (differences.length === 0 && first.order !== second.order)
    differences.push('the order of events across streams is another one');
  return differences;
}
