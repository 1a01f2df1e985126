import { original, type ResolvedEvent } from '../streams/encode.js';

/** An event on its way through a group: waiting, with a consumer, or waiting again. */
export class Message {
  /** Deliveries before the current one that failed. */
  retries = 0;
  /** Milliseconds (monotonic) after which it counts as not handled. */
  deadline = Infinity;
  sentAt = 0;

  constructor(
    readonly resolved: ResolvedEvent,
    /** Place of the event considered before it: what the checkpoint is while this one is the oldest left. */
    readonly previous: number,
    /** Revision in the parked stream, when it is delivered from there. */
    readonly parkedRevision?: number,
  ) {}

  /** Bytes that it holds in memory. */
  get size(): number {
    return (this.resolved.event?.bytes.length ?? 0) + (this.resolved.link?.bytes.length ?? 0);
  }

  /** What consumers acknowledge it by. */
  get id(): string {
    return original(this.resolved).id;
  }

  /** Stream that pins it to a consumer. */
  get stream(): string {
    return (this.resolved.event ?? this.resolved.link)!.stream;
  }
}
