import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { AccessAuthor } from '../access/caused-by.js';
import type { WebhookEvent } from '../events/access/webhook-events.js';
import type { Clock } from '../platform/clock.js';
import { CLOCK, EVENT_STORE, LOGGER } from '../platform/tokens.js';
import { RowsUnavailableError } from '../projections/database/rows-unavailable.js';
import { Feed } from '../projections/feed/feed.js';
import type { EventStore } from '../store/event-store.js';
import { Deliverer } from './deliverer.js';
import { testMessage } from './message.js';
import type { Progress } from './progress.js';
import { newWebhookSecret } from './signature.js';
import { WebhookRows, type Delivery } from './webhook-rows.js';
import { WebhookSecrets } from './webhook-secrets.js';
import type { Webhook } from './webhook-state.js';
import { WebhookStream } from './webhook-stream.js';

/** So many webhooks a workspace may have: each has its own look at the log. */
export const MOST_WEBHOOKS = 20;
/** Whoever gives a webhook up. */
const SERVICE: AccessAuthor = { actor: 'webhooks' };

/** What a webhook is to be. */
export interface WebhookWish {
  readonly url: string;
  readonly types: readonly string[] | null;
  /** It begins with what happens after this position; absent: with what happens from now on. */
  readonly after?: string;
}

/** What is to change; what is absent stays. */
export interface WebhookChange {
  readonly url?: string;
  readonly types?: readonly string[] | null;
  readonly status?: 'active' | 'paused';
}

/** A webhook and how far it has got; null where it begins anew. */
export interface ShownWebhook extends Webhook {
  readonly progress: Progress | null;
}

/**
 * The webhooks of all workspaces. What they are is in their stream, so that the audit tells who made and changed them; what changes
 * with each delivery, and secrets, are in tables. Calls throw what the stores throw.
 */
@Injectable()
export class Webhooks {
  private readonly listeners = new Set<() => void>();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(WebhookStream) private readonly stream: WebhookStream,
    @Inject(WebhookSecrets) private readonly secrets: WebhookSecrets,
    @Inject(WebhookRows) private readonly rows: WebhookRows,
    @Inject(Deliverer) private readonly deliverer: Deliverer,
    @Inject(Feed) private readonly feed: Feed,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Makes one. Its secret is answered here and never again. Null where the workspace has as many as it may. */
  async create(
    workspaceId: string,
    { url, types, after = this.end() }: WebhookWish,
    author: AccessAuthor,
  ): Promise<{ readonly hook: ShownWebhook; readonly secret: string } | null> {
    const webhookId = randomUUID();
    const secret = newWebhookSecret();
    // First what it needs: rows of one that never comes to be are in nobody's way.
    await this.secrets.put({ webhookId, workspaceId }, secret);
    await this.rows.restart(webhookId, after);
    const created: WebhookEvent = {
      type: 'WebhookCreated',
      data: { webhookId, workspaceId, url, types: types === null ? null : [...types], at: this.now() },
    };
    const all = await this.stream.change(
      (known) => (ofWorkspace(known.values(), workspaceId).length >= MOST_WEBHOOKS ? null : created),
      author,
    );
    const hook = all.get(webhookId);
    if (hook === undefined) {
      await this.forget(webhookId);
      return null;
    }
    await this.tell(webhookId);
    return { hook: (await this.withProgress([hook]))[0]!, secret };
  }

  async list(workspaceId: string): Promise<ShownWebhook[]> {
    return this.withProgress(ofWorkspace((await this.stream.latest()).values(), workspaceId));
  }

  /** Null where the workspace has none of that id. */
  async find(workspaceId: string, webhookId: string): Promise<ShownWebhook | null> {
    const hook = (await this.stream.latest()).get(webhookId);
    return hook?.workspaceId === workspaceId ? (await this.withProgress([hook]))[0]! : null;
  }

  /** Changes what is named. Whatever changes, failures are forgotten and the next delivery is tried at once. */
  async change(
    { webhookId, workspaceId }: Webhook,
    change: WebhookChange,
    author: AccessAuthor,
  ): Promise<void> {
    const { types, ...rest } = change;
    const data = { webhookId, workspaceId, ...rest, at: this.now() };
    const changed: WebhookEvent = {
      type: 'WebhookChanged',
      data: { ...data, ...(types !== undefined && { types: types === null ? null : [...types] }) },
    };
    await this.stream.change((all) => (all.has(webhookId) ? changed : null), author);
    await this.rows.resume(webhookId);
    await this.tell(webhookId);
  }

  /** Whether the log is as far as a position: behind one that it never reaches a webhook would wait in silence. */
  async hasReached(position: string): Promise<boolean> {
    for await (const last of this.store.readAllBackwards({ limit: 1 }))
      return BigInt(position) <= last.position;
    return BigInt(position) === 0n;
  }

  /** Delivers, be it again, what happened after a position; one that was disabled is active again. */
  async replay({ webhookId, workspaceId }: Webhook, after: string, author: AccessAuthor): Promise<void> {
    const data = { webhookId, workspaceId, after, at: this.now() };
    await this.stream.change(
      (all) => (all.has(webhookId) ? { type: 'WebhookReplayed', data } : null),
      author,
    );
    await this.rows.restart(webhookId, after);
    await this.tell(webhookId);
  }

  /** Deletes one with its secret and its past. */
  async delete({ webhookId, workspaceId }: Webhook, author: AccessAuthor): Promise<void> {
    const data = { webhookId, workspaceId, at: this.now() };
    await this.stream.change((all) => (all.has(webhookId) ? { type: 'WebhookDeleted', data } : null), author);
    await this.forget(webhookId);
    await this.tell(webhookId);
  }

  /** Sends a message that says nothing, also where it is not active, and answers how that went. */
  async test(hook: Webhook): Promise<Delivery> {
    const message = testMessage(hook, randomUUID(), this.now());
    const attempt = await this.deliverer.attempt(hook, message, new AbortController().signal);
    await this.rows.note(hook.webhookId, message, attempt);
    return { messageId: message.id, type: message.type, position: null, ...attempt };
  }

  /** The last attempts, newest first. */
  deliveries({ webhookId }: Webhook, limit: number): Promise<Delivery[]> {
    return this.rows.deliveries(webhookId, limit);
  }

  /** Gives one up, unless somebody has changed it meanwhile. */
  async disable(hook: Webhook, reason: string): Promise<void> {
    const { webhookId, workspaceId } = hook;
    const data = { webhookId, workspaceId, reason, at: this.now() };
    const isSame = (known: Webhook | undefined) =>
      known?.status === 'active' && known.changedAt === hook.changedAt;
    await this.stream.change(
      (all) => (isSame(all.get(webhookId)) ? { type: 'WebhookDisabled', data } : null),
      SERVICE,
    );
    this.log.warn({ webhookId, workspaceId, reason }, 'a webhook was disabled');
    await this.tell(webhookId);
  }

  /** All that are to be delivered to. */
  async active(): Promise<Webhook[]> {
    return [...(await this.stream.latest()).values()].filter(({ status }) => status === 'active');
  }

  /** One of them, as far as it is known here. */
  knownActive(webhookId: string): Webhook | undefined {
    const hook = this.stream.known.get(webhookId);
    return hook?.status === 'active' ? hook : undefined;
  }

  /** Calls whenever one is changed in this process. */
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  private async tell(webhookId: string): Promise<void> {
    for (const listener of this.listeners) listener();
    // Who is not told now looks for itself before long.
    await this.rows.announce(webhookId).catch(() => undefined);
  }

  private async forget(webhookId: string): Promise<void> {
    await this.secrets.delete(webhookId);
    await this.rows.delete(webhookId);
  }

  private async withProgress(hooks: readonly Webhook[]): Promise<ShownWebhook[]> {
    const progress = await this.rows.progress(hooks.map(({ webhookId }) => webhookId));
    return hooks.map((hook) => ({ ...hook, progress: progress.get(hook.webhookId) ?? null }));
  }

  /** Where what happens from now on begins. Throws RowsUnavailableError while that is not known. */
  private end(): string {
    if (!this.feed.started) throw new RowsUnavailableError();
    return this.feed.position.toString();
  }

  private now(): string {
    return this.clock.now().toISOString();
  }
}

const ofWorkspace = (hooks: Iterable<Webhook>, workspaceId: string): Webhook[] =>
  [...hooks].filter((hook) => hook.workspaceId === workspaceId);
