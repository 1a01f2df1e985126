import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { ShowRecord } from '../../events/task/task-record.js';
import { noteSpan } from '../../platform/spans.js';
import { SHOW_RECORD } from '../../platform/tokens.js';
import { Feed, type Update } from '../feed/feed.js';
import { CatchUps } from './catch-ups.js';
import type { RecordTopic } from './client-frame.js';
import { CurrentRecords } from './current-records.js';
import type { LiveSocket } from './live-socket.js';
import { taskFrame } from './server-frames.js';
import { TopicSubscription, type RecordSource } from './topic-subscription.js';

/** Who follows what in this process; hands every update to all who follow its task or its workspace. */
@Injectable()
export class Topics implements OnModuleDestroy {
  private readonly followers = new Map<string, Set<TopicSubscription>>();
  private readonly stopListening: (() => void)[];

  constructor(
    @Inject(Feed) private readonly feed: Feed,
    @Inject(CurrentRecords) private readonly records: CurrentRecords,
    @Inject(SHOW_RECORD) private readonly show: ShowRecord,
    @Inject(CatchUps) private readonly catchUps: CatchUps,
  ) {
    this.stopListening = [
      feed.listen((updates) => this.fanOut(updates)),
      feed.onRestart(() => {
        for (const followers of this.followers.values())
          for (const subscription of followers) subscription.feedHasRestarted();
      }),
    ];
  }

  /**
   * Follows a topic, after a position or from the current records on, until the returned function is called.
   * @param client whose turn it is when what was missed is read
   */
  follow(topic: RecordTopic, after: bigint | undefined, socket: LiveSocket, client: string): () => void {
    const { records, catchUps } = this;
    const source: RecordSource = {
      isTooMany: (from, upTo) => records.isTooMany(topic, from, upTo),
      page: (from, upTo, signal) => catchUps.read(client, signal, () => records.page(topic, from, upTo)),
    };
    const subscription = new TopicSubscription(topic, socket, this.feed, source, this.show);
    let followers = this.followers.get(topic.name);
    if (followers === undefined) this.followers.set(topic.name, (followers = new Set()));
    followers.add(subscription);
    subscription.start(after);
    return () => {
      subscription.stop();
      followers.delete(subscription);
      if (followers.size === 0 && this.followers.get(topic.name) === followers)
        this.followers.delete(topic.name);
    };
  }

  onModuleDestroy(): void {
    for (const stop of this.stopListening) stop();
  }

  private fanOut(updates: readonly Update[]): void {
    if (this.followers.size === 0) return;
    for (const update of updates) {
      const begunMs = Date.now();
      let sockets = 0;
      for (const name of [`workspace:${update.workspaceId}`, `task:${update.taskId}`]) {
        const followers = this.followers.get(name);
        if (followers === undefined) continue;
        // Written out once for all who follow the topic.
        const frame = Buffer.from(taskFrame(name, update, this.show));
        for (const subscription of followers) subscription.offer(update, frame);
        sockets += followers.size;
      }
      const { traceparent, taskId } = update;
      if (traceparent !== undefined && sockets > 0) {
        const attributes = { 'slipway.task_id': taskId, 'slipway.followers': sockets };
        noteSpan({ name: 'live update', traceparent, attributes }, begunMs, Date.now());
      }
    }
  }
}
