import { pause } from '../../platform/clock.js';
import type { ShowRecord, TaskRecord } from '../../events/task/task-record.js';
import type { Update, Feed } from '../feed/feed.js';
import type { RecordTopic } from './client-frame.js';
import type { LiveSocket } from './live-socket.js';
import { resetFrame, taskFrame } from './server-frames.js';

/** So many updates are kept one by one; of more only the latest of each task. */
const FEW = 500;

/** Updates that wait for a client, in rising position. */
export class PendingUpdates {
  private updates: Update[] = [];
  private limit = FEW;

  get size(): number {
    return this.updates.length;
  }

  /** Adds an update that is newer than all others. */
  add(update: Update): void {
    this.updates.push(update);
    if (this.updates.length > this.limit) this.coalesce();
  }

  /** Keeps the latest update of each task only. */
  coalesce(): void {
    const latest = new Map<string, Update>();
    for (const update of this.updates) {
      // Taken out and put in again: the order of the map is that of the positions.
      latest.delete(update.taskId);
      latest.set(update.taskId, update);
    }
    this.updates = [...latest.values()];
    // Twice as many may come before it is done again, so that it costs little for each.
    this.limit = Math.max(FEW, 2 * this.updates.length);
  }

  /** Takes the oldest out. */
  take(): Update | undefined {
    return this.updates.shift();
  }

  clear(): void {
    this.updates = [];
    this.limit = FEW;
  }
}

/** Tasks whose latest record may wait for a slow client; with more it is dropped. */
const MOST_PENDING = 2_000;
const RETRY_MS = 500;
/** For so long a client may be ahead of the rows before its position counts as one of another log. */
const AHEAD_LIMIT_MS = 10_000;

/** Where a subscription finds the records of its topic that were last changed after one position and up to another. */
export interface RecordSource {
  /** Whether they are so many that it is simpler to begin anew. */
  isTooMany(after: bigint, upTo: bigint): Promise<boolean>;
  /** The first of them, in rising position, when it is the client's turn. Rejects when the signal fires before. */
  page(
    after: bigint,
    upTo: bigint,
    signal: AbortSignal,
  ): Promise<{ readonly records: readonly TaskRecord[]; readonly isLast: boolean }>;
}

/**
 * One client following one topic. First what it missed, then every update; positions only rise. For a client
 * that is slow only the latest record of each task is kept.
 */
export class TopicSubscription {
  private readonly stopping = new AbortController();
  private readonly pending = new PendingUpdates();
  /** Position up to which the client knows the topic. */
  private position = 0n;
  private caughtUp = false;
  private flushing = false;

  constructor(
    readonly topic: RecordTopic,
    private readonly socket: LiveSocket,
    private readonly feed: Feed,
    private readonly records: RecordSource,
    private readonly show: ShowRecord,
  ) {}

  /**
   * Begins: what was missed after the position, or the current records where there is none, then what comes.
   * Updates may be offered from now on.
   */
  start(after?: bigint): void {
    this.position = after ?? 0n;
    const missed = after === undefined ? null : this.feed.since(after);
    if (missed === null) {
      void this.catchUpFromRows();
      return;
    }
    this.caughtUp = true;
    for (const update of missed) if (this.concerns(update)) this.offer(update);
    if (this.position > this.feed.position) void this.checkThatPositionComes();
  }

  stop(): void {
    this.stopping.abort();
    this.pending.clear();
  }

  /** What the feed now tells again the client knows already, unless it is of another log. */
  feedHasRestarted(): void {
    if (this.caughtUp && this.position > this.feed.position) void this.checkThatPositionComes();
  }

  /** An update of the topic, in rising position. `frame` is what it looks like, where somebody has made it already. */
  offer(update: Update, frame?: Buffer): void {
    if (update.position <= this.position) return;
    if (this.caughtUp && !this.socket.full && this.pending.size === 0) {
      this.push(update, frame);
      return;
    }
    this.pending.add(update);
    if (!this.caughtUp) return;
    if (this.pending.size > MOST_PENDING) this.pending.coalesce();
    if (this.pending.size > MOST_PENDING) this.socket.drop();
    else if (!this.flushing) void this.flushToSlow();
  }

  private push(
    update: Pick<Update, 'position' | 'record'>,
    frame: string | Buffer = taskFrame(this.topic.name, update, this.show),
  ): void {
    this.position = update.position;
    this.socket.send(frame);
  }

  /** Sends what is pending as the client takes it. */
  private async flushToSlow(): Promise<void> {
    this.flushing = true;
    while (this.pending.size > 0 && !this.ended) {
      await this.socket.drained();
      // It was away for a while: what is in between does not interest it any more.
      this.pending.coalesce();
      this.flush();
    }
    this.flushing = false;
  }

  private flush(): void {
    while (!this.socket.full && !this.ended) {
      const update = this.pending.take();
      if (update === undefined) return;
      this.push(update);
    }
  }

  /**
   * Pages through the rows changed since, in the order of their change, until a page ends at where the feed
   * was when it was read: what came after that is pending.
   */
  private async catchUpFromRows(): Promise<void> {
    let isFirst = this.position > 0n;
    while (!this.ended) {
      try {
        await Promise.all([this.feed.whenStarted, this.socket.drained()]);
        if (this.ended) return;
        const upTo = this.feed.position;
        // Those before are in the rows, and come with a page.
        this.pending.clear();
        if (isFirst && (await this.records.isTooMany(this.position, upTo)))
          this.reset('too much has changed since');
        isFirst = false;
        const { signal } = this.stopping;
        const { records, isLast } = await this.records.page(this.position, upTo, signal);
        for (const record of records) {
          await this.socket.drained();
          if (this.ended) return;
          this.push({ position: BigInt(record.position), record });
        }
        if (isLast) break;
      } catch {
        // PostgreSQL is away: nothing can be committed, so nothing is missed meanwhile.
        await pause(RETRY_MS, this.stopping.signal);
      }
    }
    this.caughtUp = true;
    this.flush();
    await this.flushToSlow();
  }

  /** The client may have read a record that is not in the rows yet. But rows that never come are another log's. */
  private async checkThatPositionComes(): Promise<void> {
    if ((await this.feed.waitFor(this.position, AHEAD_LIMIT_MS)) || this.ended) return;
    this.reset('the position is ahead of everything that is stored here');
    this.caughtUp = false;
    await this.catchUpFromRows();
  }

  private reset(reason: string): void {
    this.position = 0n;
    this.socket.send(resetFrame(this.topic.name, reason));
  }

  private concerns({ workspaceId, taskId }: Update): boolean {
    return (this.topic.kind === 'workspace' ? workspaceId : taskId) === this.topic.id;
  }

  private get ended(): boolean {
    return this.stopping.signal.aborted || !this.socket.open;
  }
}
