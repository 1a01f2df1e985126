import {
  WEBHOOK_DELIVERIES_TABLE as DELIVERIES,
  WEBHOOK_PROGRESS_TABLE as PROGRESS,
  type Vault,
} from '../repository/credentials/vault.js';
import type { Message } from './message.js';
import type { Attempt, Progress } from './progress.js';

/** So many attempts of each webhook are remembered. */
export const DELIVERIES_KEPT = 100;
/** Tells whoever delivers that a webhook is not as it was; the payload is its id. */
export const WEBHOOKS_CHANNEL = 'slipway_webhooks';

/** An attempt as it is remembered. */
export interface Delivery extends Attempt {
  readonly messageId: string;
  readonly type: string;
  readonly position: string | null;
}

interface ProgressRow {
  readonly webhook_id: string;
  readonly position: string;
  readonly failures: number;
  readonly failing_since: Date | null;
  readonly next_attempt_at: Date | null;
}

interface DeliveryRow {
  readonly message_id: string;
  readonly type: string;
  readonly position: string | null;
  readonly at: Date;
  readonly duration_ms: number;
  readonly status: number | null;
  readonly error: string | null;
}

/** Of one webhook, for one that is there: a late answer to a deleted one leaves nothing. */
const NOTE = `INSERT INTO ${DELIVERIES} (webhook_id, message_id, type, position, at, duration_ms, status, error)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE EXISTS (SELECT FROM ${PROGRESS} WHERE webhook_id = $1)`;
/** Counts those that were there before. */
const TRIM = `DELETE FROM ${DELIVERIES} WHERE webhook_id = $1 AND delivery_no <= (
  SELECT delivery_no FROM ${DELIVERIES} WHERE webhook_id = $1 ORDER BY delivery_no DESC OFFSET ${DELIVERIES_KEPT - 1} LIMIT 1)`;

/**
 * How far each webhook has got, and its last attempts, in tables that no rebuild touches: both change with each delivery, which
 * is no news for anybody who reads the log. Calls reject as the vault's do.
 */
export class WebhookRows {
  constructor(private readonly vault: Vault) {}

  /** Those that are known of the webhooks, by their ids. */
  async progress(webhookIds: readonly string[]): Promise<ReadonlyMap<string, Progress>> {
    const rows = await this.vault.query<ProgressRow>(`SELECT * FROM ${PROGRESS} WHERE webhook_id = ANY($1)`, [
      [...webhookIds],
    ]);
    return new Map(rows.map((row) => [row.webhook_id, progressOf(row)]));
  }

  /** Has the webhook begin (anew) after a position, at once. */
  async restart(webhookId: string, position: string): Promise<void> {
    await this.vault.query(
      `INSERT INTO ${PROGRESS} (webhook_id, position) VALUES ($1, $2) ON CONFLICT (webhook_id) DO UPDATE
       SET position = excluded.position, failures = 0, failing_since = NULL, next_attempt_at = NULL`,
      [webhookId, position],
    );
  }

  /** Has the webhook go on at once from where it is, its failures forgotten. */
  async resume(webhookId: string): Promise<void> {
    await this.vault.query(
      `UPDATE ${PROGRESS} SET failures = 0, failing_since = NULL, next_attempt_at = NULL WHERE webhook_id = $1`,
      [webhookId],
    );
  }

  /** Goes on where nothing was wanted; without effect where the webhook is no longer at `from`. */
  async advance(webhookId: string, from: string, to: string): Promise<void> {
    await this.vault.query(`UPDATE ${PROGRESS} SET position = $3 WHERE webhook_id = $1 AND position = $2`, [
      webhookId,
      from,
      to,
    ]);
  }

  /**
   * Stores an attempt and what came of it, in one step. False where the webhook was no longer at `from`, as when it was begun
   * anew meanwhile: then only the attempt is stored.
   */
  async settle(
    webhookId: string,
    from: string,
    { position, failures, failingSince, nextAttemptAt }: Progress,
    message: Message,
    attempt: Attempt,
  ): Promise<boolean> {
    const moved = await this.vault.query<ProgressRow>(
      `WITH noted AS (${NOTE}), trimmed AS (${TRIM})
       UPDATE ${PROGRESS} SET position = $10, failures = $11, failing_since = $12, next_attempt_at = $13
       WHERE webhook_id = $1 AND position = $9 RETURNING *`,
      [...noteValues(webhookId, message, attempt), from, position, failures, failingSince, nextAttemptAt],
    );
    return moved.length > 0;
  }

  /** Stores an attempt that moves nothing. */
  async note(webhookId: string, message: Message, attempt: Attempt): Promise<void> {
    await this.vault.query(`WITH trimmed AS (${TRIM}) ${NOTE}`, noteValues(webhookId, message, attempt));
  }

  /** The last attempts, newest first. */
  async deliveries(webhookId: string, limit: number): Promise<Delivery[]> {
    const rows = await this.vault.query<DeliveryRow>(
      `SELECT * FROM ${DELIVERIES} WHERE webhook_id = $1 ORDER BY delivery_no DESC LIMIT $2`,
      [webhookId, limit],
    );
    return rows.map(deliveryOf);
  }

  async delete(webhookId: string): Promise<void> {
    await this.vault.query(
      `WITH gone AS (DELETE FROM ${PROGRESS} WHERE webhook_id = $1) DELETE FROM ${DELIVERIES} WHERE webhook_id = $1`,
      [webhookId],
    );
  }

  /** Tells the process that delivers. */
  async announce(webhookId: string): Promise<void> {
    await this.vault.query('SELECT pg_notify($1, $2)', [WEBHOOKS_CHANNEL, webhookId]);
  }
}

const noteValues = (webhookId: string, { id, type, position }: Message, attempt: Attempt): unknown[] => {
  const { at, durationMs, status, error } = attempt;
  return [webhookId, id, type, position, at, durationMs, status, error];
};

const progressOf = (row: ProgressRow): Progress => ({
  position: row.position,
  failures: row.failures,
  failingSince: row.failing_since?.toISOString() ?? null,
  nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
});

const deliveryOf = (row: DeliveryRow): Delivery => ({
  messageId: row.message_id,
  type: row.type,
  position: row.position,
  at: row.at.toISOString(),
  durationMs: row.duration_ms,
  status: row.status,
  error: row.error,
});
