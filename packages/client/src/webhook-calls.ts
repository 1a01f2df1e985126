import type { CallOptions } from './rest.js';
import type { CreatedWebhook, NewWebhook, Webhook, WebhookChange, WebhookDelivery } from './types.js';
import { WorkspaceCalls } from './workspace-calls.js';

/** Whom a workspace tells of what happens to its tasks. */
export abstract class WebhookCalls extends WorkspaceCalls {
  /** The workspace's webhooks, and how far each has got. */
  listWebhooks(workspaceId: string, options: CallOptions = {}): Promise<{ items: Webhook[] }> {
    return this.call(`GET the webhooks of ${workspaceId}`, options, (signal) =>
      this.api.GET('/v1/workspaces/{workspaceId}/webhooks', { params: { path: { workspaceId } }, signal }),
    );
  }

  /** Has what happens posted to an address. The secret is in the answer and nowhere else. */
  createWebhook(
    workspaceId: string,
    webhook: NewWebhook,
    options: CallOptions = {},
  ): Promise<CreatedWebhook> {
    return this.call(`POST a webhook of ${workspaceId}`, options, (signal) =>
      this.api.POST('/v1/workspaces/{workspaceId}/webhooks', {
        params: { path: { workspaceId } },
        body: webhook,
        signal,
      }),
    );
  }

  getWebhook(workspaceId: string, webhookId: string, options: CallOptions = {}): Promise<Webhook> {
    return this.call(`GET the webhook ${webhookId}`, options, (signal) =>
      this.api.GET('/v1/workspaces/{workspaceId}/webhooks/{webhookId}', {
        params: { path: { workspaceId, webhookId } },
        signal,
      }),
    );
  }

  /** Changes, pauses or resumes it. What is left out stays as it is. */
  changeWebhook(
    workspaceId: string,
    webhookId: string,
    change: WebhookChange,
    options: CallOptions = {},
  ): Promise<Webhook> {
    return this.call(`PATCH the webhook ${webhookId}`, options, (signal) =>
      this.api.PATCH('/v1/workspaces/{workspaceId}/webhooks/{webhookId}', {
        params: { path: { workspaceId, webhookId } },
        body: change,
        signal,
      }),
    );
  }

  /** Deletes it for good, with its secret. */
  deleteWebhook(workspaceId: string, webhookId: string, options: CallOptions = {}): Promise<void> {
    return this.call<void>(`DELETE the webhook ${webhookId}`, options, async (signal) => {
      const { error, response } = await this.api.DELETE('/v1/workspaces/{workspaceId}/webhooks/{webhookId}', {
        params: { path: { workspaceId, webhookId } },
        signal,
      });
      return { error, response };
    });
  }

  /** Has it told, be it again, of what happened after a position. */
  replayWebhook(
    workspaceId: string,
    webhookId: string,
    after: string,
    options: CallOptions = {},
  ): Promise<Webhook> {
    return this.call(`POST a replay of the webhook ${webhookId}`, options, (signal) =>
      this.api.POST('/v1/workspaces/{workspaceId}/webhooks/{webhookId}/replay', {
        params: { path: { workspaceId, webhookId } },
        body: { after },
        signal,
      }),
    );
  }

  /** Sends it a message that says nothing, and answers how that went. */
  testWebhook(workspaceId: string, webhookId: string, options: CallOptions = {}): Promise<WebhookDelivery> {
    return this.call(`POST a test of the webhook ${webhookId}`, options, (signal) =>
      this.api.POST('/v1/workspaces/{workspaceId}/webhooks/{webhookId}/test', {
        params: { path: { workspaceId, webhookId } },
        signal,
      }),
    );
  }

  /** Its last attempts at deliveries, newest first. */
  listWebhookDeliveries(
    workspaceId: string,
    webhookId: string,
    { limit, ...options }: CallOptions & { readonly limit?: number } = {},
  ): Promise<{ items: WebhookDelivery[] }> {
    return this.call(`GET the deliveries of the webhook ${webhookId}`, options, (signal) =>
      this.api.GET('/v1/workspaces/{workspaceId}/webhooks/{webhookId}/deliveries', {
        params: { path: { workspaceId, webhookId }, query: { limit } },
        signal,
      }),
    );
  }
}
