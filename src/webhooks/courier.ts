import type { Logger } from 'pino';
import { Wakeable } from '../platform/wakeable.js';
import type { Clock, Random } from '../platform/clock.js';
import type { Feed } from '../projections/feed/feed.js';
import type { WorkspaceEvents } from '../projections/queries/workspace-events.js';
import type { Deliverer } from './deliverer.js';
import { messageOf } from './message.js';
import { afterAttempt, type FailurePolicy, type Progress } from './progress.js';
import type { WebhookRows } from './webhook-rows.js';
import type { Webhook } from './webhook-state.js';

/** Stores that are away are asked again after so long. */
const RETRY_MS = 2_000;
/** So long after the end of the log was reached it is looked at again at the earliest: many commits are one look. */
const GATHER_MS = 200;
/** A webhook is looked at again after so long, whatever was heard. */
const SWEEP_MS = 30_000;

/** Before everything. */
const BEGINNING = '0';

export interface CourierParts {
  readonly rows: WebhookRows;
  readonly events: WorkspaceEvents;
  readonly feed: Feed;
  readonly deliverer: Deliverer;
  readonly policy: FailurePolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The webhook as it is known now; undefined where it is not to be delivered to. */
  readonly current: () => Webhook | undefined;
  /** Stores that it is given up, and why. */
  readonly giveUp: (hook: Webhook, reason: string) => Promise<void>;
}

/**
 * Delivers to one webhook: one message at a time, in the order of the log, the next one when the one before was taken. What was
 * taken is stored after it was, so a kill between the two repeats one delivery, under the same id.
 */
export class Courier {
  private readonly waiting = new Wakeable();
  /** Where nothing was wanted: as long as the stored position is `from`, the search goes on at `through`. */
  private searched: { readonly from: string; readonly through: string } | undefined;

  constructor(
    private readonly webhookId: string,
    private readonly parts: CourierParts,
  ) {}

  /** Something may have changed. */
  wake(): void {
    this.waiting.wake();
  }

  /** Until the signal fires. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { feed, clock, log } = this.parts;
    const stopListening = feed.onAdvance(() => this.wake());
    while (!signal.aborted) {
      let waitMs: number;
      try {
        waitMs = await this.round(signal);
      } catch (error) {
        if (!signal.aborted)
          log.debug({ err: error, webhookId: this.webhookId }, 'a webhook cannot be served just now');
        await clock.sleep(RETRY_MS, signal);
        continue;
      }
      if (waitMs > 0) {
        await clock.sleep(Math.min(waitMs, GATHER_MS), signal);
        await this.waiting.wait(waitMs, signal);
      }
    }
    stopListening();
  }

  /** Resolves with how long there is nothing to do, in milliseconds, unless it is woken. */
  private async round(signal: AbortSignal): Promise<number> {
    const { rows, events, feed, clock } = this.parts;
    const hook = this.parts.current();
    if (hook === undefined) return SWEEP_MS;
    const progress = (await rows.progress([this.webhookId])).get(this.webhookId);
    if (progress === undefined) {
      // A restore has brought the webhook into another log, where positions mean something else: what is there is told anew, under
      // the ids that it had.
      await rows.restart(this.webhookId, BEGINNING);
      return 0;
    }
    const dueMs =
      progress.nextAttemptAt === null ? 0 : Date.parse(progress.nextAttemptAt) - clock.now().getTime();
    if (dueMs > 0) return dueMs;
    const after = this.searched?.from === progress.position ? this.searched.through : progress.position;
    if (feed.position <= BigInt(after)) return SWEEP_MS;
    const page = await events.page({ ...hook, after });
    let at = progress;
    for (const event of page.events) {
      if (signal.aborted || this.parts.current() !== hook) return 0;
      const next = await this.deliver(hook, at, event, signal);
      if (next === null || next.failures > 0) return 0;
      at = next;
    }
    // A few that nobody wants are looked through again after a restart; many are not.
    if (page.more) await rows.advance(this.webhookId, at.position, page.through);
    else this.searched = { from: at.position, through: page.through };
    return 0;
  }

  /** What is stored of the attempt; null where the webhook is elsewhere by now, or given up. */
  private async deliver(
    hook: Webhook,
    before: Progress,
    event: Parameters<typeof messageOf>[1],
    signal: AbortSignal,
  ): Promise<Progress | null> {
    const { rows, deliverer, policy, random } = this.parts;
    const message = messageOf(hook, event);
    const attempt = await deliverer.attempt(hook, message, signal);
    const { progress, givenUp } = afterAttempt(before, event.item.position, attempt, policy, random());
    const stored = await rows.settle(this.webhookId, before.position, progress, message, attempt);
    if (!stored) return null;
    if (givenUp !== null) await this.parts.giveUp(hook, givenUp);
    return givenUp === null ? progress : null;
  }
}
