import type { Logger } from 'pino';
import { pause } from '../../clock.js';
import type { Subscription } from './event-store.js';

/** One connection's lifetime: resolves or rejects when it ends. `connected` is to be called once it is confirmed. */
export type Connect = (connected: () => void, signal: AbortSignal) => Promise<void>;

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;

/**
 * Keeps a subscription alive: whenever it ends, for whatever reason, it is opened again after a delay
 * that doubles from 50 ms to 2 s and starts anew once a connection was confirmed. The client's own
 * subscriptions never come back by themselves.
 */
export function supervise(name: string, connect: Connect, log: Logger): Subscription {
  const stopping = new AbortController();
  let live = false;
  let delay = FIRST_DELAY_MS;

  const connected = () => {
    live = true;
    delay = FIRST_DELAY_MS;
    log.debug({ subscription: name }, 'subscription is live');
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        await connect(connected, stopping.signal);
        if (!stopping.signal.aborted)
          log.warn({ subscription: name, retryInMs: delay }, 'subscription ended');
      } catch (error) {
        if (stopping.signal.aborted) break;
        log.warn({ subscription: name, retryInMs: delay, err: error }, 'subscription dropped');
      }
      live = false;
      await pause(delay, stopping.signal);
      delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    }
    live = false;
  };
  const ended = run();

  return {
    get live() {
      return live;
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
