import type { TranscriptEntry } from '../../events/session/transcript-entry.js';
import { pause } from '../../platform/clock.js';
import type { Feed } from '../feed/feed.js';
import type { LiveSocket } from '../live/live-socket.js';
import { entryFrame, resetFrame } from '../live/server-frames.js';
import type { EntryPage, EntryRange } from './session-entries.js';

const PAGE = 100;
const RETRY_MS = 500;
/** For so long a client may be ahead of the rows before its position counts as one of another log. */
const AHEAD_LIMIT_MS = 10_000;

/** What a subscription takes its entries from. */
export interface EntrySource {
  /** Entries up to here have been offered to all who follow. */
  readonly told: bigint;
  /** When it is the client's turn. Rejects when the signal fires before. */
  page(range: EntryRange, signal: AbortSignal): Promise<EntryPage>;
}

/**
 * One client following one session: what it missed, from the rows, then every entry that is offered, in rising position.
 * A client that is slow is offered nothing meanwhile and afterwards reads from the rows again, so nothing waits for it here.
 */
export class SessionSubscription {
  private readonly stopping = new AbortController();
  /** Position up to which the client knows the session. */
  private reached = 0n;
  /** Whether it takes what is offered: it knows all that was. */
  private live = false;

  constructor(
    private readonly topic: string,
    private readonly socket: LiveSocket,
    private readonly feed: Feed,
    private readonly source: EntrySource,
  ) {}

  /** Begins after a position, or with the first entry. */
  start(after = 0n): void {
    this.reached = after;
    void this.catchUp();
  }

  stop(): void {
    this.stopping.abort();
  }

  /** What the feed now tells again the client knows already, unless it is of another log. */
  feedHasRestarted(): void {
    if (this.live && this.reached > this.feed.position) this.fallBehind();
  }

  /** An entry of the session, in rising position, and what it looks like. */
  offer(position: bigint, frame: Buffer): void {
    if (!this.live || position <= this.reached) return;
    if (this.socket.full) this.fallBehind();
    else this.push(position, frame);
  }

  /** A piece of a text that is being written: for those who are up to date. */
  offerDelta(frame: Buffer): void {
    if (this.live && !this.socket.full) this.socket.send(frame);
  }

  private push(position: bigint, frame: Buffer | string): void {
    this.reached = position;
    this.socket.send(frame);
  }

  private fallBehind(): void {
    this.live = false;
    void this.catchUp();
  }

  private async catchUp(): Promise<void> {
    while (!this.ended && !this.live) {
      try {
        await Promise.all([this.feed.whenStarted, this.socket.drained()]);
        if (this.reached > this.feed.position) await this.waitOrReset();
        if (this.ended) return;
        const upTo = this.feed.position;
        const range = { after: this.reached, upTo, limit: PAGE };
        const { entries, isLast } = await this.source.page(range, this.stopping.signal);
        for (const { entry } of entries) {
          await this.socket.drained();
          if (this.ended) return;
          this.push(positionOf(entry), entryFrame(this.topic, entry));
        }
        if (!isLast) continue;
        if (upTo > this.reached) this.reached = upTo;
        // What was told meanwhile was not offered here: once more.
        this.live = this.source.told <= upTo;
      } catch {
        // PostgreSQL is away: nothing can be committed, so nothing is missed meanwhile.
        await pause(RETRY_MS, this.stopping.signal);
      }
    }
  }

  /** The client may have read what is not in the rows of this process yet. But rows that never come are another log's. */
  private async waitOrReset(): Promise<void> {
    if ((await this.feed.waitFor(this.reached, AHEAD_LIMIT_MS)) || this.ended) return;
    this.reached = 0n;
    this.socket.send(resetFrame(this.topic, 'the position is ahead of everything that is stored here'));
  }

  private get ended(): boolean {
    return this.stopping.signal.aborted || !this.socket.open;
  }
}

export const positionOf = ({ position }: TranscriptEntry): bigint => BigInt(position);
