import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { aborted } from '../platform/aborts.js';
import { ADVISORY_LOCKS, tryLock } from '../platform/advisory-locks.js';
import { Background } from '../platform/background.js';
import type { Clock, Random } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import { CLOCK, DATABASE_URL, LOGGER, RANDOM, SETTINGS } from '../platform/tokens.js';
import { Wakeable } from '../platform/wakeable.js';
import { PgSession } from '../projections/database/pg-session.js';
import { Feed } from '../projections/feed/feed.js';
import { WorkspaceEvents } from '../projections/queries/workspace-events.js';
import { Courier, type CourierParts } from './courier.js';
import { Deliverer } from './deliverer.js';
import { Webhooks } from './webhooks.js';
import { WebhookRows, WEBHOOKS_CHANNEL } from './webhook-rows.js';

/** The longest wait between two attempts at a delivery. */
const LONGEST_WAIT_MS = 300_000;
/** So often the webhooks are looked at, whatever was heard of them, and another process's place is tried for. */
const SWEEP_MS = 10_000;

interface Running {
  readonly courier: Courier;
  readonly stop: AbortController;
}

/**
 * Has a courier run for each webhook that is active: of all processes with the role api one does it, which holds a lock. A process
 * takes no connection for that as long as nobody has a webhook.
 */
@Injectable()
export class WebhookDispatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly background = new Background();
  private readonly waiting = new Wakeable();
  private readonly running = new Map<string, Running>();
  private readonly ending = new Set<Promise<void>>();

  constructor(
    @Inject(DATABASE_URL) private readonly databaseUrl: string,
    @Inject(Webhooks) private readonly webhooks: Webhooks,
    @Inject(WebhookRows) private readonly rows: WebhookRows,
    @Inject(WorkspaceEvents) private readonly events: WorkspaceEvents,
    @Inject(Deliverer) private readonly deliverer: Deliverer,
    @Inject(Feed) private readonly feed: Feed,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.settings.webhooks.deliver) return;
    this.webhooks.onChange(() => this.waiting.wake());
    this.background.keep(this.run());
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.background.stop();
  }

  private async run(): Promise<void> {
    const { signal } = this.background;
    await Promise.race([this.feed.whenStarted, aborted(signal)]);
    while (!signal.aborted) {
      try {
        if ((await this.webhooks.active()).length > 0) await this.lead();
      } catch (error) {
        this.log.debug({ err: error }, 'webhooks cannot be served just now');
      }
      await this.waiting.wait(SWEEP_MS, signal);
    }
  }

  /** While the lock is this process's and there is a webhook to serve. Returns at once where another process has it. */
  private async lead(): Promise<void> {
    const session = await PgSession.open(this.databaseUrl, 'slipway-webhooks');
    const over = new AbortController();
    void session.gone.then(() => over.abort(new Error('the connection that holds the lock is gone')));
    const signal = AbortSignal.any([this.background.signal, over.signal]);
    try {
      if (!(await tryLock(session, ADVISORY_LOCKS.webhooks))) return;
      await session.listen(WEBHOOKS_CHANNEL, () => this.waiting.wake());
      while (!signal.aborted) {
        const active = (await this.webhooks.active()).map(({ webhookId }) => webhookId);
        if (active.length === 0) return;
        this.runOnly(active, signal);
        await this.waiting.wait(SWEEP_MS, signal);
      }
    } finally {
      this.runOnly([], signal);
      await Promise.all(this.ending);
      session.close();
    }
  }

  /** Those that run already are woken: theirs may be what has changed. */
  private runOnly(webhookIds: readonly string[], signal: AbortSignal): void {
    for (const [id, { stop }] of this.running)
      if (!webhookIds.includes(id)) {
        stop.abort(new Error('the webhook is not active any more'));
        this.running.delete(id);
      }
    for (const id of webhookIds) {
      if (this.running.has(id)) this.running.get(id)!.courier.wake();
      else this.begin(id, signal);
    }
  }

  private begin(webhookId: string, signal: AbortSignal): void {
    const stop = new AbortController();
    const courier = new Courier(webhookId, this.partsFor(webhookId));
    this.running.set(webhookId, { courier, stop });
    const run = courier.run(AbortSignal.any([signal, stop.signal]));
    this.ending.add(run);
    void run.finally(() => this.ending.delete(run));
  }

  private partsFor(webhookId: string): CourierParts {
    const { rows, events, feed, deliverer, clock, random, log } = this;
    const { backOff, webhooks } = this.settings;
    return {
      ...{ rows, events, feed, deliverer, clock, random, log },
      policy: { firstMs: backOff.firstMs, capMs: LONGEST_WAIT_MS, giveUpMs: webhooks.giveUpMs },
      current: () => this.webhooks.knownActive(webhookId),
      giveUp: (hook, reason) => this.webhooks.disable(hook, reason),
    };
  }
}
