import pg, { type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';
import type { Row, Table } from '../definitions/projection.js';
import { CopyIn } from './copy-in.js';
import type { Db } from './db.js';

const CONNECT_TIMEOUT_MS = 3_000;
const HEARTBEAT_MS = 1_000;
/** No answer for so long, and the connection counts as lost. */
const ANSWER_TIMEOUT_MS = 10_000;
/**
 * The server ends a session that has said nothing for so long: what froze loses its locks and its right to
 * write together. Well above the heartbeat.
 */
const SILENCE_MS = 5_000;
/** The same where the work is long and would have to begin anew: a busy machine may keep a process from its heartbeat. */
const UNHURRIED_SILENCE_MS = 15_000;

/**
 * A connection of its own to PostgreSQL that is alive or gone, never in doubt: a heartbeat each second from
 * this side, an idle time-out on the other. Statements run one after the other.
 */
export class PgSession implements Db {
  /** Resolves when the connection is gone, whoever ended it. */
  readonly gone: Promise<void>;
  private markGone!: () => void;
  private heartbeat?: NodeJS.Timeout;
  private closed = false;
  /** Why the connection is gone, where this side did not end it. */
  private lostBecause?: Error;
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly client: pg.Client) {
    this.gone = new Promise((resolve) => (this.markGone = resolve));
    client.on('error', (error) => this.lose(error));
    client.on('end', () => this.close());
  }

  /**
   * Connects. Rejects when PostgreSQL does not answer. `unhurried`: for statements that may rightly take
   * long, such as making an index.
   */
  static async open(url: string, name: string, { unhurried = false } = {}): Promise<PgSession> {
    const client = new pg.Client({
      connectionString: url,
      application_name: name,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: unhurried ? undefined : ANSWER_TIMEOUT_MS,
      keepAlive: true,
    });
    const session = new PgSession(client);
    try {
      await client.connect();
      const silenceMs = unhurried ? UNHURRIED_SILENCE_MS : SILENCE_MS;
      await session.query(`SET idle_session_timeout = ${silenceMs}`);
      await session.query(`SET idle_in_transaction_session_timeout = ${silenceMs}`);
      // Since PostgreSQL 17; it ends a session that fell silent in the middle of a statement.
      if (!unhurried)
        await session.query(
          `SELECT set_config(name, '${2 * ANSWER_TIMEOUT_MS}', false) FROM pg_settings WHERE name = 'transaction_timeout'`,
        );
    } catch (error) {
      session.close();
      throw error;
    }
    session.heartbeat = setInterval(() => session.beat(), HEARTBEAT_MS);
    return session;
  }

  get alive(): boolean {
    return !this.closed;
  }

  /** Rejects with what ended the connection where it is gone. */
  query<R extends QueryResultRow>(
    statement: string | QueryConfig,
    values?: unknown[],
  ): Promise<QueryResult<R>> {
    return this.inTurn(() => this.client.query<R>(statement as string, values));
  }

  /** Writes rows that are in memory into a table, all or none. */
  copyIn(table: Table, name: string, rows: readonly Row[]): Promise<void> {
    return this.inTurn(() => this.client.query(new CopyIn(table, name, rows)).done);
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    const result = this.last.then(() => {
      if (this.lostBecause) throw this.lostBecause;
      return work();
    });
    this.last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.waiting--;
    }
  }

  /** Calls with every notification's payload on a channel from now on. */
  async listen(channel: string, onNotification: (payload: string) => void): Promise<void> {
    this.client.on('notification', ({ payload = '' }) => onNotification(payload));
    await this.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
  }

  private lose(error: Error): void {
    this.lostBecause ??= error;
    this.close();
  }

  /** Ends the connection at once. May be called twice. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.heartbeat);
    this.markGone();
    // With a query under way the client destroys its socket rather than wait for an answer.
    this.client.end().catch(() => undefined);
  }

  /**
   * While a statement is under way it is the sign of life. So is a refusal, such as that of a transaction in which something
   * has failed and which its owner has not rolled back yet.
   */
  private beat(): void {
    if (this.waiting > 0) return;
    this.query('SELECT 1').catch((error: Error) => {
      if (!isRefusal(error)) this.lose(error);
    });
  }
}

/** Whether the server has answered, and goes on after it. */
const isRefusal = (error: Error): boolean => error instanceof pg.DatabaseError && error.severity === 'ERROR';
