import { status } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { type BackOffPolicy, backOffMs } from '../platform/back-off.js';
import { pause } from '../platform/clock.js';
import type { Subscription } from './event-store.js';

/** One connection's lifetime: resolves or rejects when it ends. `connected` is to be called once it is confirmed. */
export type Connect = (connected: () => void, signal: AbortSignal) => Promise<void>;

const DELAYS: BackOffPolicy = { firstMs: 50, capMs: 2_000 };

/**
 * Keeps a subscription alive: whenever it ends, for whatever reason, it is opened again after a delay
 * that doubles from 50 ms to 2 s and starts anew once a connection was confirmed. The client's own
 * subscriptions never come back by themselves. An outage is told of once, and so is its end.
 */
export function supervise(name: string, connect: Connect, log: Logger): Subscription {
  const stopping = new AbortController();
  const reports = reportsOf(name, log);
  let live = false;
  let attempt = 1;

  const connected = () => {
    live = true;
    attempt = 1;
    reports.live();
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      let reason: unknown;
      try {
        await connect(connected, stopping.signal);
      } catch (error) {
        reason = error;
      }
      live = false;
      if (stopping.signal.aborted) break;
      const delay = backOffMs(attempt++, DELAYS, 0);
      reports.dropped(reason, delay);
      await pause(delay, stopping.signal);
    }
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

/** Some servers end a subscription that does not take live events as fast as they come. It catches up from where it was. */
const isTooSlow = (error: unknown): boolean =>
  error instanceof Error &&
  (error as { code?: unknown }).code === status.ABORTED &&
  /too slow/i.test(error.message);

/** What people are told of a subscription: the beginning and the end of an outage; everything else is for debugging. */
function reportsOf(subscription: string, log: Logger) {
  let isOut = false;
  let saidSlow = false;
  return {
    live() {
      if (isOut) log.info({ subscription }, 'subscription is live again');
      else log.debug({ subscription }, 'subscription is live');
      isOut = false;
    },
    /** `reason`: undefined when it was ended in good order. */
    dropped(reason: unknown, retryInMs: number) {
      const fields = { subscription, retryInMs, ...(reason !== undefined && { err: reason }) };
      if (isTooSlow(reason)) {
        const text = 'the event store had live events faster than they were taken: catching up';
        if (saidSlow) log.debug(fields, text);
        else log.info({ subscription }, text);
        saidSlow = true;
        return;
      }
      if (isOut) log.debug(fields, 'subscription could not be opened');
      else log.warn(fields, 'subscription dropped: opening it again until it is there');
      isOut = true;
    },
  };
}
