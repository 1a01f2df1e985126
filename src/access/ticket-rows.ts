import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { ADVISORY_LOCKS } from '../platform/advisory-locks.js';
import { DATABASE_URL } from '../platform/tokens.js';

const CONNECT_TIMEOUT_MS = 1_000;
const ANSWER_TIMEOUT_MS = 2_000;
/** Neither a projection nor anything to keep: what is in it counts for half a minute. */
const TABLE = 'slipway_live_tickets';

/** Whose a ticket is: what it is worth is asked when it is used. */
export interface TicketHolder {
  readonly tokenId?: string;
  readonly loginId?: string;
}

/** Tickets where every replica finds them. Calls reject while PostgreSQL is away. */
@Injectable()
export class TicketRows implements OnApplicationShutdown {
  private pool?: pg.Pool;
  private made?: Promise<void>;

  constructor(@Inject(DATABASE_URL) private readonly url: string) {}

  async put(hash: string, { tokenId, loginId }: TicketHolder, forMs: number): Promise<void> {
    // The database's clock alone counts; what is over goes with the next one.
    await this.query(`DELETE FROM ${TABLE} WHERE expires_at < now()`, []);
    await this.query(
      `INSERT INTO ${TABLE} (hash, token_id, login_id, expires_at) VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')`,
      [hash, tokenId ?? null, loginId ?? null, forMs],
    );
  }

  /** Whose it is, or null. One of however many who ask at once is told, once. */
  async take(hash: string): Promise<TicketHolder | null> {
    const [row] = await this.query<{ token_id: string | null; login_id: string | null; holds: boolean }>(
      `DELETE FROM ${TABLE} WHERE hash = $1 RETURNING token_id, login_id, expires_at > now() AS holds`,
      [hash],
    );
    if (!row?.holds) return null;
    return {
      ...(row.token_id !== null && { tokenId: row.token_id }),
      ...(row.login_id !== null && { loginId: row.login_id }),
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.end();
  }

  private async query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    await (this.made ??= this.makeTable());
    return (await this.open().query<Row>(text, values)).rows;
  }

  /** Where nobody wants a ticket there is no connection either. */
  private open(): pg.Pool {
    if (this.pool !== undefined) return this.pool;
    this.pool = new pg.Pool({
      connectionString: this.url,
      max: 2,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      idleTimeoutMillis: 10_000,
      allowExitOnIdle: true,
      application_name: 'slipway-tickets',
    });
    this.pool.on('error', () => undefined);
    return this.pool;
  }

  private async makeTable(): Promise<void> {
    try {
      await this.open().query(
        // One transaction: replicas that start at once make it one after the other.
        `SELECT pg_advisory_xact_lock(${ADVISORY_LOCKS.accessTables.join(', ')});
         CREATE TABLE IF NOT EXISTS ${TABLE} (
           hash text PRIMARY KEY, token_id text, login_id text, expires_at timestamptz NOT NULL
         )`,
      );
    } catch (error) {
      this.made = undefined;
      throw error;
    }
  }
}
