import type { WebhookEvent } from '../events/access/webhook-events.js';

export const WEBHOOK_STATUSES = ['active', 'paused', 'disabled'] as const;
/** `paused` by people, `disabled` by the service, which says why. */
export type WebhookStatus = (typeof WEBHOOK_STATUSES)[number];

/** Whom to tell of what. Times are ISO 8601. */
export interface Webhook {
  readonly webhookId: string;
  readonly workspaceId: string;
  readonly url: string;
  /** Null: events of every type. */
  readonly types: readonly string[] | null;
  readonly status: WebhookStatus;
  /** Why it is disabled; null where it is not. */
  readonly reason: string | null;
  readonly createdAt: string;
  readonly changedAt: string;
}

/** All webhooks by their ids. */
export type AllWebhooks = ReadonlyMap<string, Webhook>;

/** The fold of the webhooks' stream. What is said of one that is not there (any more) changes nothing. */
export function evolveWebhooks(all: AllWebhooks | null, { type, data }: WebhookEvent): AllWebhooks {
  const next = new Map(all ?? []);
  const { webhookId, workspaceId, at } = data;
  if (type === 'WebhookCreated') {
    const { url, types } = data;
    const times = { createdAt: at, changedAt: at };
    return next.set(webhookId, {
      webhookId,
      workspaceId,
      url,
      types,
      status: 'active',
      reason: null,
      ...times,
    });
  }
  const hook = next.get(webhookId);
  if (hook === undefined) return next;
  switch (type) {
    case 'WebhookDeleted':
      next.delete(webhookId);
      return next;
    case 'WebhookDisabled':
      return next.set(webhookId, { ...hook, status: 'disabled', reason: data.reason, changedAt: at });
    case 'WebhookReplayed': {
      const status = hook.status === 'paused' ? 'paused' : 'active';
      return next.set(webhookId, { ...hook, status, reason: null, changedAt: at });
    }
    case 'WebhookChanged': {
      const { url = hook.url, types = hook.types, status = hook.status } = data;
      const reason = status === 'disabled' ? hook.reason : null;
      return next.set(webhookId, { ...hook, url, types, status, reason, changedAt: at });
    }
  }
}
