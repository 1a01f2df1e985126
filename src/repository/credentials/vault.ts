import pg from 'pg';
import { ADVISORY_LOCKS } from '../../platform/advisory-locks.js';
import { ProviderError } from '../../events/provider-error.js';

const CONNECT_TIMEOUT_MS = 3_000;
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * The tables are no projections: nothing rebuilds or drops them, and nothing could make them anew. Their names say so to
 * whoever looks at the database.
 */
export const CREDENTIALS_TABLE = 'slipway_credentials';
export const ENVS_TABLE = 'slipway_project_envs';
export const WEBHOOK_SECRETS_TABLE = 'slipway_webhook_secrets';
/** All that hold secrets: what a backup has to have beside the events. */
export const SEALED_TABLES = [CREDENTIALS_TABLE, ENVS_TABLE, WEBHOOK_SECRETS_TABLE] as const;
/** How far webhooks have got in this log: in another one, as a restore makes it, they begin anew. */
export const WEBHOOK_PROGRESS_TABLE = 'slipway_webhook_progress';
export const WEBHOOK_DELIVERIES_TABLE = 'slipway_webhook_deliveries';
const MIGRATIONS = [
  `CREATE TABLE IF NOT EXISTS ${CREDENTIALS_TABLE} (
    workspace_id text NOT NULL,
    host text NOT NULL,
    kind text NOT NULL,
    username text,
    fingerprint text,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    PRIMARY KEY (workspace_id, host, kind)
  )`,
  `CREATE TABLE IF NOT EXISTS ${ENVS_TABLE} (
    env_id text PRIMARY KEY,
    project_id text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
  )`,
  `CREATE INDEX IF NOT EXISTS ${ENVS_TABLE}_of_project ON ${ENVS_TABLE} (project_id, created_at)`,
  `CREATE TABLE IF NOT EXISTS ${WEBHOOK_SECRETS_TABLE} (
    webhook_id text PRIMARY KEY,
    sealed bytea NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS ${WEBHOOK_PROGRESS_TABLE} (
    webhook_id text PRIMARY KEY,
    position bigint NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    next_attempt_at timestamptz
  )`,
  `CREATE TABLE IF NOT EXISTS ${WEBHOOK_DELIVERIES_TABLE} (
    delivery_no bigserial PRIMARY KEY,
    webhook_id text NOT NULL,
    message_id text NOT NULL,
    type text NOT NULL,
    position bigint,
    at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status integer,
    error text
  )`,
  `CREATE INDEX IF NOT EXISTS ${WEBHOOK_DELIVERIES_TABLE}_of_webhook ON ${WEBHOOK_DELIVERIES_TABLE} (webhook_id, delivery_no)`,
];

/** Where what is secret is kept, sealed. Every call rejects with a retryable ProviderError while PostgreSQL is away. */
export class Vault {
  private readonly pool: pg.Pool;
  private made?: Promise<void>;

  constructor(url: string) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: 2,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      idleTimeoutMillis: 10_000,
      allowExitOnIdle: true,
      application_name: 'slipway-credentials',
    });
    this.pool.on('error', () => undefined);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  /** Makes the tables where they are missing, as the first query does. */
  async prepare(): Promise<void> {
    await this.query('SELECT 1', []);
  }

  async query<Row extends pg.QueryResultRow>(statement: string, values: unknown[]): Promise<Row[]> {
    try {
      await (this.made ??= this.makeTables());
      return (await this.pool.query<Row>(statement, values)).rows;
    } catch (cause) {
      throw new ProviderError(
        'credentials_unavailable',
        'PostgreSQL, where credentials are kept, does not answer. Repeat this later.',
        { retryable: true, cause },
      );
    }
  }

  private async makeTables(): Promise<void> {
    const client = await this.pool.connect().catch((error: unknown) => {
      this.made = undefined;
      throw error;
    });
    try {
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1, $2)', [...ADVISORY_LOCKS.credentialTables]);
      for (const statement of MIGRATIONS) await client.query(statement);
      await client.query('COMMIT');
    } catch (error) {
      this.made = undefined;
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }
}
