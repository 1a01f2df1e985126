import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { onAbort } from '../../platform/aborts.js';
import { pause } from '../../platform/clock.js';
import { GetLog } from '../queries/get-log.js';
import { FrameError, type LogTopic } from './client-frame.js';
import type { LiveSocket } from './live-socket.js';
import { logFrame, resetFrame } from './server-frames.js';

/** Logs lie with sandboxes, which tell nobody: they are looked at so often while somebody follows them, in milliseconds. */
const LOOK_MS = 500;
const RETRY_MS = 2_000;
/** So many may be followed through this process at once. */
const MOST_FOLLOWED = 200;

/** Who follows the logs of sandboxes in this process. */
@Injectable()
export class LogTopics implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private followed = 0;

  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  /** Follows a log, after a place or from its beginning, until the returned function is called. Throws FrameError. */
  follow(topic: LogTopic, after: bigint | undefined, socket: LiveSocket): () => void {
    if (this.followed >= MOST_FOLLOWED)
      throw new FrameError(
        'too_many_subscriptions',
        `At most ${MOST_FOLLOWED} logs can be followed at once here: try again later, or read pages of it.`,
      );
    this.followed++;
    const stop = new AbortController();
    const forget = onAbort(this.stopping.signal, () => stop.abort());
    void this.tell(topic, after ?? 0n, socket, stop.signal);
    return () => {
      if (stop.signal.aborted) return;
      stop.abort();
      forget();
      this.followed--;
    };
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /** What the client does not take is not read either. */
  private async tell(topic: LogTopic, from: bigint, socket: LiveSocket, signal: AbortSignal): Promise<void> {
    for (let after = from; ;) {
      await socket.drained();
      if (signal.aborted || !socket.open) return;
      let wait = LOOK_MS;
      try {
        const page = await this.queries.execute(new GetLog(topic.id, topic.source, after));
        if (signal.aborted) return;
        if (page.restarted) socket.send(resetFrame(topic.name, 'the log began anew'));
        if (page.lines.length > 0) socket.send(logFrame(topic.name, page.next, page.lines));
        after = page.next;
        if (page.more) continue;
      } catch {
        // The provider is away, or there is no such task yet.
        wait = RETRY_MS;
      }
      await pause(wait, signal);
    }
  }
}
