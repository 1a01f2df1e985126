import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import {
  LONGEST_METHOD,
  LONGEST_PATH,
  REFUSALS_STREAM,
  refusalCodec,
  type RefusalEvent,
} from '../events/access/refusal-events.js';
import type { NewEvent } from '../events/stored-event.js';
import { pause, type Clock } from '../platform/clock.js';
import { CLOCK, EVENT_STORE, LOGGER } from '../platform/tokens.js';
import { BoundedStream } from '../store/bounded-stream.js';
import type { EventStore } from '../store/event-store.js';
import { causedBy } from './caused-by.js';
import { withoutSecrets } from './secrets.js';
import { WaitingRefusals, type CountedRefusal, type Refusal } from './refusals.js';

/** The store need not keep more of it. Seconds, and events. */
const LIMITS = { $maxAge: 400 * 86_400, $maxCount: 100_000 };
/** What is refused is gathered for so long before it is stored, and twice as long each time that more has come meanwhile. */
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** For so long the end of the process waits for what is left. */
const LAST_MS = 2_000;

const refused = new Counter({
  name: 'slipway_refused_total',
  help: 'Requests, connections, topics and log-ins that the door refused, by code',
  labelNames: ['code'],
});

/** Keeps what was refused, for those who ask afterwards. No request waits for it. */
@Injectable()
export class RefusalRecord implements BeforeApplicationShutdown {
  private readonly waiting = new WaitingRefusals();
  private readonly stream: BoundedStream;
  private readonly stopping = new AbortController();
  private storing?: Promise<void>;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.stream = new BoundedStream(store, REFUSALS_STREAM, LIMITS);
  }

  /** Counts, logs and keeps that something was refused. It is stored within a second, within a minute while refusals keep coming. */
  note(given: Refusal, { isLogged = true } = {}): void {
    const path = given.path === undefined ? undefined : withoutSecrets(given.path).slice(0, LONGEST_PATH);
    const refusal = { ...given, ...(path !== undefined && { path }) };
    refused.inc({ code: refusal.code });
    if (isLogged) this.log.info(refusal, 'refused');
    if (this.stopping.signal.aborted) return;
    this.waiting.add(refusal, this.clock.now());
    this.storing ??= this.store().finally(() => (this.storing = undefined));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    if (this.storing === undefined) return;
    const stored = new AbortController();
    void this.storing.finally(() => stored.abort());
    await pause(LAST_MS, stored.signal);
  }

  private async store(): Promise<void> {
    for (let gatherMs = FIRST_MS; ; gatherMs = Math.min(2 * gatherMs, LONGEST_MS)) {
      await pause(gatherMs, this.stopping.signal);
      if (this.waiting.isEmpty) return;
      const refusals = this.waiting.take();
      try {
        await this.stream.append(...refusals.map(eventOf));
      } catch (error) {
        this.log.debug({ err: error }, 'what was refused cannot be stored just now');
        this.waiting.putBack(refusals);
      }
      if (this.stopping.signal.aborted) return;
    }
  }
}

function eventOf({ actor, address, tokenId, firstAt, at, ...refusal }: CountedRefusal): NewEvent {
  const { code, count, method, path, workspaceId } = refusal;
  const event: RefusalEvent = {
    type: 'RequestRefused',
    data: {
      code,
      count,
      ...(method !== undefined && { method: method.slice(0, LONGEST_METHOD) }),
      ...(path !== undefined && { path }),
      ...(workspaceId !== undefined && { workspaceId }),
      firstAt: firstAt.toISOString(),
      at: at.toISOString(),
    },
  };
  return refusalCodec.encode([event], { ...causedBy({ actor, address, tokenId }), workspaceId })[0]!;
}
