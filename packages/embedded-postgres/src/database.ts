import pg from 'pg';

/**
 * Makes sure that the database exists, and by that, that the server takes connections with our password.
 * @param url of the database, with user and password.
 */
export async function ensureDatabase(url: string, database: string): Promise<void> {
  try {
    await withClient(url, () => Promise.resolve());
  } catch (error) {
    if (!isPostgresError(error, '3D000')) throw error; // invalid_catalog_name: there is no such database yet.
    const maintenance = new URL(url);
    maintenance.pathname = '/postgres';
    await withClient(maintenance.href, (client) =>
      client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`),
    );
  }
}

async function withClient(url: string, use: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // A connection lost while idle; the next query would tell.
  try {
    await client.connect();
    await use(client);
  } finally {
    await client.end();
  }
}

const isPostgresError = (error: unknown, code: string) =>
  error instanceof pg.DatabaseError && error.code === code;
