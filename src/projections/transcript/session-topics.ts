import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { pause } from '../../platform/clock.js';
import { SessionDeltas } from '../../platform/session-deltas.js';
import { RowsDatabase } from '../database/rows-database.js';
import { Feed } from '../feed/feed.js';
import { CatchUps } from '../live/catch-ups.js';
import type { RecordTopic } from '../live/client-frame.js';
import type { LiveSocket } from '../live/live-socket.js';
import { deltaFrame, entryFrame } from '../live/server-frames.js';
import { readEntries, type SessionEntry } from './session-entries.js';
import { positionOf, SessionSubscription } from './session-subscription.js';

const PAGE = 500;
const RETRY_MS = 500;

/** Those who follow a session, and how to stop listening to its deltas. */
interface Followed {
  readonly topic: string;
  readonly subscriptions: Set<SessionSubscription>;
  readonly stopDeltas: () => void;
}

/**
 * Who follows which session in this process. After each commit of rows, by whichever replica, one query reads the new
 * entries of all sessions that are followed here; commits that come meanwhile share the next one.
 */
@Injectable()
export class SessionTopics implements OnModuleDestroy {
  /** Entries up to here have been offered. */
  private told = 0n;
  /** Changes when the feed begins anew. */
  private epoch = 0;
  private telling = false;
  private readonly stopping = new AbortController();
  private readonly sessions = new Map<string, Followed>();
  private readonly stopListening: (() => void)[];

  constructor(
    @Inject(Feed) private readonly feed: Feed,
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(SessionDeltas) private readonly deltas: SessionDeltas,
    @Inject(CatchUps) private readonly catchUps: CatchUps,
  ) {
    this.stopListening = [feed.onAdvance(() => void this.tell()), feed.onRestart(() => this.beginAnew())];
  }

  /**
   * Follows a session, after a position or from its first entry on, until the returned function is called.
   * @param client whose turn it is when what was missed is read
   */
  follow(
    { id, name }: RecordTopic,
    after: bigint | undefined,
    socket: LiveSocket,
    client: string,
  ): () => void {
    const followed = this.sessions.get(id) ?? this.begin(id, name);
    const told = () => this.told;
    const subscription = new SessionSubscription(name, socket, this.feed, {
      get told() {
        return told();
      },
      page: (range, signal) =>
        this.catchUps.read(client, signal, () =>
          this.database.read((manager) => readEntries(manager, [id], range)),
        ),
    });
    followed.subscriptions.add(subscription);
    subscription.start(after);
    return () => {
      subscription.stop();
      followed.subscriptions.delete(subscription);
      if (followed.subscriptions.size > 0 || this.sessions.get(id) !== followed) return;
      followed.stopDeltas();
      this.sessions.delete(id);
    };
  }

  onModuleDestroy(): void {
    this.stopping.abort();
    for (const stop of this.stopListening) stop();
  }

  private begin(sessionId: string, topic: string): Followed {
    const subscriptions = new Set<SessionSubscription>();
    const stopDeltas = this.deltas.listen(sessionId, (delta) => {
      const frame = Buffer.from(deltaFrame(topic, delta));
      for (const subscription of subscriptions) subscription.offerDelta(frame);
    });
    const followed = { topic, subscriptions, stopDeltas };
    this.sessions.set(sessionId, followed);
    return followed;
  }

  /** The rows are others. */
  private beginAnew(): void {
    this.epoch++;
    this.told = this.feed.position;
    for (const { subscriptions } of this.sessions.values())
      for (const subscription of subscriptions) subscription.feedHasRestarted();
  }

  private async tell(): Promise<void> {
    if (this.telling) return;
    this.telling = true;
    try {
      while (this.told < this.feed.position && !this.stopping.signal.aborted) await this.tellSome();
    } finally {
      this.telling = false;
    }
  }

  private async tellSome(): Promise<void> {
    const { told: after, epoch } = this;
    const upTo = this.feed.position;
    const sessionIds = [...this.sessions.keys()];
    if (sessionIds.length === 0) {
      this.told = upTo;
      return;
    }
    try {
      const { entries, isLast } = await this.database.read((manager) =>
        readEntries(manager, sessionIds, { after, upTo, limit: PAGE }),
      );
      if (epoch !== this.epoch) return;
      for (const each of entries) this.offer(each);
      this.told = isLast ? upTo : positionOf(entries.at(-1)!.entry);
    } catch {
      // PostgreSQL is away: nothing can be committed, so nothing is missed meanwhile.
      await pause(RETRY_MS, this.stopping.signal);
    }
  }

  private offer({ sessionId, entry }: SessionEntry): void {
    const followed = this.sessions.get(sessionId);
    if (followed === undefined) return;
    // Written out once for all who follow the session.
    const frame = Buffer.from(entryFrame(followed.topic, entry));
    const position = positionOf(entry);
    for (const subscription of followed.subscriptions) subscription.offer(position, frame);
  }
}
