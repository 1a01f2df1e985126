import { performance } from 'node:perf_hooks';
import type { GrpcError } from '../grpc/status.js';
import type { StoredEvent } from '../store/event.js';
import type { Journal } from '../store/journal.js';
import type { Store } from '../store/store.js';
import { original, type ResolvedEvent } from '../streams/encode.js';
import { Backlog } from './backlog.js';
import { Checkpoint } from './checkpoint.js';
import type { Consumer } from './consumer.js';
import { Message } from './message.js';
import { Parking } from './parking.js';
import type { GroupSettings } from './settings.js';
import { type Source, sourceOf } from './source.js';
import { strategyOf } from './strategy.js';
import { Timeouts } from './timeouts.js';

/** What a consumer can do with a message that it does not acknowledge. */
export type NackAction = 'park' | 'retry' | 'skip' | 'stop';

/** Events looked at in one turn; a filter that few pass must not hold up everything else. */
const READ_CHUNK = 512;

/**
 * One persistent subscription: reads ahead a little, hands each event to one consumer, and keeps it until it is
 * acknowledged, skipped or parked. At least once: whatever is unsettled at a crash is delivered again.
 */
export class Group {
  readonly consumers: Consumer[] = [];
  readonly parking: Parking;
  readonly source: Source;
  readonly checkpoint: Checkpoint;
  total = 0;
  /** `total` when statistics were last asked for, and when that was. */
  measured = { total: 0, at: performance.now() };

  /** Everything read and not settled, in the order of reading. */
  private readonly outstanding = new Set<Message>();
  private read: number;
  private live = false;
  private scheduled = false;
  private stopped = false;
  private readonly backlog: Backlog;
  private readonly timeouts = new Timeouts(this.consumers, (message) => this.redeliver(message));

  constructor(
    private readonly store: Store,
    journal: Journal,
    readonly stream: string,
    readonly name: string,
    readonly settings: GroupSettings,
    after: number,
    checkpointed: boolean,
  ) {
    this.source = sourceOf(store, stream, settings);
    this.backlog = new Backlog(strategyOf(settings.strategy), settings.historyBufferSize);
    this.parking = new Parking(store, journal, this.key);
    this.checkpoint = new Checkpoint(journal, this.key, settings, after, checkpointed);
    this.read = after;
    store.listeners.add(this.onCommit);
  }

  get key(): string {
    return `${this.stream}::${this.name}`;
  }

  /** Whether all that there is has been read or, while nobody reads, fits into what would be read ahead. */
  get isLive(): boolean {
    if (this.consumers.length > 0) return this.live;
    const limit = Math.min(this.settings.historyBufferSize, READ_CHUNK);
    return this.source.read(this.read, limit).read >= (this.source.last() ?? -1);
  }

  get counts() {
    const inFlight = this.consumers.reduce((sum, consumer) => sum + consumer.inFlight.size, 0);
    return { ...this.backlog.counts, inFlight, outstanding: this.outstanding.size };
  }

  join(consumer: Consumer): void {
    this.consumers.push(consumer);
    this.wake();
  }

  /** Its messages go to the others at once; that counts as a failed delivery, for it may be what broke it. */
  leave(consumer: Consumer): void {
    const index = this.consumers.indexOf(consumer);
    if (index < 0) return;
    this.consumers.splice(index, 1);
    for (const message of consumer.inFlight.values()) this.redeliver(message);
    consumer.inFlight.clear();
    if (this.consumers.length === 0) this.checkpoint.save();
  }

  ack(consumer: Consumer, ids: readonly string[]): void {
    for (const id of ids) {
      const message = consumer.take(id);
      if (message) this.settle(message);
    }
    this.wake();
  }

  nack(consumer: Consumer, ids: readonly string[], action: NackAction, reason: string): void {
    for (const id of ids) {
      const message = consumer.take(id);
      if (!message) continue;
      if (action === 'park') this.park(message, `Client explicitly NAK'ed message.\n${reason}`);
      else if (action === 'retry') this.redeliver(message);
      // As on a real server, 'stop' ends neither the consumer nor the group: the message is done with.
      else this.settle(message);
    }
    this.wake();
  }

  /** Delivers parked events again, before others: all, or the first `limit`. */
  replayParked(limit: number): void {
    this.parking.replay(limit);
    this.wake();
  }

  /** Ends the group in this process; consumers are told why. */
  stop(reason: GrpcError): void {
    this.stopped = true;
    this.store.listeners.delete(this.onCommit);
    this.timeouts.stop();
    this.checkpoint.stop();
    for (const { call } of this.consumers.splice(0)) call.end(reason);
  }

  /** Goes on soon; any number of reasons make one turn. */
  readonly wake = (): void => {
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      if (!this.stopped) this.turn();
    });
  };

  private readonly onCommit = (events: readonly StoredEvent[]): void => {
    if (this.consumers.length > 0 && this.source.concerns(events)) this.wake();
  };

  private turn(): void {
    if (this.consumers.length === 0) return;
    this.dispatch();
    const readMore = this.fill();
    this.dispatch();
    this.timeouts.watch();
    // The file may hold much that the filter refuses: others get their turn in between.
    if (readMore) setImmediate(this.wake);
  }

  private dispatch(): void {
    this.total += this.backlog.dispatch(this.consumers, this.settings.messageTimeoutMs);
  }

  /** Reads ahead as far as the buffer goes; true when there may be more to read at once. */
  private fill(): boolean {
    const { room } = this.backlog;
    if (room === 0) return false;
    for (const event of this.parking.take(room)) {
      const resolved = { event: this.store.resolve(event), link: event };
      this.add(new Message(resolved, this.read, event.revision));
    }
    const { events, read } = this.source.read(this.read, Math.min(room, READ_CHUNK));
    for (const event of events) {
      if (this.source.wants(event)) this.add(new Message(this.resolve(event), this.read));
      this.read = this.source.place(event);
    }
    const moved = read > this.read || events.length > 0;
    this.read = Math.max(this.read, read);
    this.live = !moved;
    this.advance();
    return moved;
  }

  private add(message: Message): void {
    this.outstanding.add(message);
    this.backlog.add(message);
  }

  private resolve(event: StoredEvent): ResolvedEvent {
    if (!this.settings.resolveLinks || !event.isLink) return { event };
    return { event: this.store.resolve(event), link: event };
  }

  private settle(message: Message): void {
    this.outstanding.delete(message);
    if (message.parkedRevision !== undefined) this.parking.settled(message.parkedRevision);
    this.checkpoint.settled++;
    this.advance();
  }

  /** Everything before the oldest unsettled event is done with. */
  private advance(): void {
    const [oldest] = this.outstanding;
    this.checkpoint.advance(oldest ? oldest.previous : this.read);
  }

  private redeliver(message: Message): void {
    const { maxRetryCount } = this.settings;
    if (message.retries >= maxRetryCount)
      return this.park(message, `Reached retry count of ${maxRetryCount}`);
    message.retries++;
    this.backlog.again(message);
    this.wake();
  }

  /** Settled only when the link is durable; should that fail, it is delivered again. */
  private park(message: Message, reason: string): void {
    // One that comes from the parked stream is parked anew itself, not the link there, which goes away.
    const { event, link } = message.resolved;
    const parked = message.parkedRevision === undefined ? original(message.resolved) : (event ?? link)!;
    this.parking.park(parked, reason).then(
      () => this.settle(message),
      () => {
        this.backlog.again(message);
        setTimeout(this.wake, 1000).unref();
      },
    );
  }
}
