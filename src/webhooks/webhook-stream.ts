import { Inject, Injectable } from '@nestjs/common';
import { AccessStream } from '../access/access-stream.js';
import { webhookCodec, WEBHOOKS_STREAM, type WebhookEvent } from '../events/access/webhook-events.js';
import { EVENT_STORE } from '../platform/tokens.js';
import type { EventStore } from '../store/event-store.js';
import { evolveWebhooks, type AllWebhooks, type Webhook } from './webhook-state.js';

/** The webhooks' stream. */
@Injectable()
export class WebhookStream extends AccessStream<AllWebhooks, WebhookEvent> {
  protected readonly nothing: AllWebhooks = new Map<string, Webhook>();

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    super(store, {
      codec: webhookCodec,
      evolve: evolveWebhooks,
      streamOf: () => WEBHOOKS_STREAM,
      workspaceOf: (_, { data }) => data.workspaceId,
      sizeOf: (all) => all.size * 1_000,
    });
  }
}
