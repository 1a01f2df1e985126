import { Inject, Injectable } from '@nestjs/common';
import { ProviderError } from '../events/provider-error.js';
import type { Clock } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import { CLOCK, SETTINGS } from '../platform/tokens.js';
import { slipwayVersion } from '../platform/version.js';
import type { Message } from './message.js';
import { NotDeliveredError, post } from './post.js';
import type { Attempt } from './progress.js';
import { signedHeaders } from './signature.js';
import { WebhookSecrets } from './webhook-secrets.js';
import type { Webhook } from './webhook-state.js';

/** Sends one message once. */
@Injectable()
export class Deliverer {
  private readonly userAgent = `slipway/${slipwayVersion()}`;

  constructor(
    @Inject(WebhookSecrets) private readonly secrets: WebhookSecrets,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** How it went. Rejects when stopped meanwhile, and with a retryable ProviderError while the secret cannot be read. */
  async attempt(hook: Webhook, message: Message, stop: AbortSignal): Promise<Attempt> {
    const began = this.clock.now();
    const timer = performance.now();
    const ended = (status: number | null, error: string | null): Attempt => {
      const durationMs = Math.round(performance.now() - timer);
      return { at: began.toISOString(), durationMs, status, error };
    };
    const { timeoutMs } = this.settings.webhooks;
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const secret = await this.secrets.open(hook);
      const timestamp = Math.floor(began.getTime() / 1_000);
      const headers = {
        'content-type': 'application/json',
        'user-agent': this.userAgent,
        ...signedHeaders(secret, { ...message, timestamp }),
      };
      const { allowPrivateHosts } = this.settings;
      const signal = AbortSignal.any([stop, limit]);
      const status = await post(new URL(hook.url), message.body, headers, { allowPrivateHosts, signal });
      return ended(status, problemOf(status));
    } catch (error) {
      stop.throwIfAborted();
      if (error instanceof NotDeliveredError || (error instanceof ProviderError && !error.retryable))
        return ended(null, error.message);
      if (limit.aborted) return ended(null, `There was no answer within ${timeoutMs} ms.`);
      throw error;
    }
  }
}

function problemOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400)
    return `The receiver answered ${status}, a redirect, and none is followed: change the webhook's address.`;
  return `The receiver answered ${status}.`;
}
