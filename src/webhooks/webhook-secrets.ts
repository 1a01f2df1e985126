import { ProviderError } from '../events/provider-error.js';
import { SealBrokenError, type SecretBox } from '../platform/secret-box.js';
import { WEBHOOK_SECRETS_TABLE as SECRETS, type Vault } from '../repository/credentials/vault.js';
import type { Webhook } from './webhook-state.js';

/** Whose a secret is. */
type Owner = Pick<Webhook, 'webhookId' | 'workspaceId'>;

/** What webhooks sign with, sealed where it lies and opened for one delivery at a time. Calls reject as the vault's do. */
export class WebhookSecrets {
  constructor(
    private readonly vault: Vault,
    private readonly box: SecretBox,
  ) {}

  async put(owner: Owner, secret: string): Promise<void> {
    await this.vault.query(`INSERT INTO ${SECRETS} (webhook_id, sealed) VALUES ($1, $2)`, [
      owner.webhookId,
      this.box.seal(secret, placeOf(owner)),
    ]);
  }

  /** @throws ProviderError where there is none, or it was sealed with another key: final; retryable where PostgreSQL is away */
  async open(owner: Owner): Promise<string> {
    const [row] = await this.vault.query<{ sealed: Buffer }>(
      `SELECT sealed FROM ${SECRETS} WHERE webhook_id = $1`,
      [owner.webhookId],
    );
    const locked = (reason: string, cause?: unknown) =>
      new ProviderError('credentials_locked', reason, { retryable: false, cause });
    if (row === undefined)
      throw locked('The secret of the webhook is gone. Make another webhook in its place.');
    try {
      return this.box.open(row.sealed, placeOf(owner));
    } catch (cause) {
      if (!(cause instanceof SealBrokenError)) throw cause;
      throw locked(
        'The secret of the webhook was stored under another key. Give the service that key (SLIPWAY_SECRET_KEY, the same on every replica), or make another webhook in its place.',
        cause,
      );
    }
  }

  async delete(webhookId: string): Promise<void> {
    await this.vault.query(`DELETE FROM ${SECRETS} WHERE webhook_id = $1`, [webhookId]);
  }
}

const placeOf = ({ webhookId, workspaceId }: Owner): string =>
  JSON.stringify(['webhook', workspaceId, webhookId]);
