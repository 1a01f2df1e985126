import pg from 'pg';

/** Uses a connection of its own. @param url with user and password */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // A connection lost while idle; the next query would tell.
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}

/** The address of another database, or as another role. */
export function addressWith(
  url: string,
  { database, user, password }: { database?: string; user?: string; password?: string },
): string {
  const address = new URL(url);
  if (database !== undefined) address.pathname = `/${database}`;
  if (user !== undefined) address.username = user;
  if (password !== undefined) address.password = password;
  return address.href;
}

export const isPostgresError = (error: unknown, code: string): boolean =>
  error instanceof pg.DatabaseError && error.code === code;
