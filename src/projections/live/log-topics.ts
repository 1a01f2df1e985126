import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { setMaxListeners } from 'node:events';
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
/** And so many by one client, so that nobody takes all of them. */
const MOST_OF_ONE = 50;

/** Who follows the logs of sandboxes in this process. */
@Injectable()
export class LogTopics implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private followed = 0;
  private readonly ofClients = new Map<string, number>();

  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {
    // One for each log that is followed.
    setMaxListeners(MOST_FOLLOWED, this.stopping.signal);
  }

  /**
   * Follows a log, after a place or from its beginning, until the returned function is called. Throws FrameError.
   * @param client whose socket it is: different from that of every other client
   */
  follow(topic: LogTopic, after: bigint | undefined, socket: LiveSocket, client: string): () => void {
    if ((this.ofClients.get(client) ?? 0) >= MOST_OF_ONE)
      throw new FrameError(
        'too_many_subscriptions',
        `One client follows at most ${MOST_OF_ONE} logs at once here: unsubscribe from one, or read pages of it.`,
      );
    if (this.followed >= MOST_FOLLOWED)
      throw new FrameError(
        'too_many_subscriptions',
        `At most ${MOST_FOLLOWED} logs can be followed at once here: try again later, or read pages of it.`,
      );
    this.count(client, 1);
    const stop = new AbortController();
    const forget = onAbort(this.stopping.signal, () => stop.abort());
    void this.tell(topic, after ?? 0n, socket, stop.signal);
    return () => {
      if (stop.signal.aborted) return;
      stop.abort();
      forget();
      this.count(client, -1);
    };
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  private count(client: string, change: 1 | -1): void {
    this.followed += change;
    const own = (this.ofClients.get(client) ?? 0) + change;
    if (own === 0) this.ofClients.delete(client);
    else this.ofClients.set(client, own);
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
