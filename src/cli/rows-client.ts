import type { Client } from 'pg';
import { CliError } from './exit-code.js';

const CONNECT_TIMEOUT_MS = 3_000;
const QUERY_TIMEOUT_MS = 30_000;
/** PostgreSQL's code for a table that is not there. */
const UNDEFINED_TABLE = '42P01';

/** The database has no tables of ours: no service has been started on it yet. */
export class NoRowsError extends CliError {
  constructor() {
    super(
      'unreachable',
      'There are no rows in this database yet: start a service on it once, it makes them.',
    );
  }
}

/** Runs work on the rows' database over a connection of its own. Throws NoRowsError where there are none. */
export async function withRows<T>(databaseUrl: string, work: (db: Client) => Promise<T>): Promise<T> {
  const { default: pg } = await import('pg');
  const db = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'slipway-cli',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // A connection that breaks fails the query; without a listener it would end the process.
  db.on('error', () => undefined);
  await db.connect();
  try {
    return await work(db);
  } catch (error) {
    throw (error as { code?: unknown }).code === UNDEFINED_TABLE ? new NoRowsError() : error;
  } finally {
    await db.end();
  }
}
