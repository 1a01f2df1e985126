import type pg from 'pg';
import { USER } from './cluster.js';
import { addressWith, isPostgresError, withClient } from './connection.js';

const NO_SUCH_DATABASE = '3D000';

/** What in a database does not belong to the service's role yet: everything that an earlier version made as superuser. */
const OF_OTHERS = `
  SELECT format('ALTER SCHEMA %I OWNER TO ${USER}', n.nspname) AS sql
    FROM pg_namespace n
   WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
     AND n.nspowner <> '${USER}'::regrole
  UNION ALL
  SELECT format('ALTER %s %s OWNER TO ${USER}',
      CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
      c.oid::regclass)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relowner <> '${USER}'::regrole
     -- A sequence of a column follows its table.
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                      AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
  UNION ALL
  SELECT format('ALTER ROUTINE %s OWNER TO ${USER}', p.oid::regprocedure)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND p.proowner <> '${USER}'::regrole
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  UNION ALL
  SELECT format('ALTER TYPE %s OWNER TO ${USER}', t.oid::regtype)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.typowner <> '${USER}'::regrole
     AND t.typrelid = 0 AND t.typelem = 0 AND t.typtype IN ('d', 'e', 'r')`;

/**
 * Makes sure that the database exists and belongs to the service's role with all that is in it, and by that, that the server takes
 * connections with our passwords.
 * @param superuserUrl of the database, as superuser @param url the same as the service's role
 */
export async function ensureDatabase(superuserUrl: string, url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  try {
    await withClient(superuserUrl, handOver);
  } catch (error) {
    if (!isPostgresError(error, NO_SUCH_DATABASE)) throw error;
    await withClient(addressWith(superuserUrl, { database: 'postgres' }), (client) =>
      client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER ${USER}`),
    );
  }
  await withClient(url, () => Promise.resolve());
}

/** All or nothing; where it belongs to the role already a look and no more. */
async function handOver(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; theirs: boolean }>(
    `SELECT datname AS name, datdba = '${USER}'::regrole AS theirs FROM pg_database WHERE datname = current_database()`,
  );
  const { name, theirs } = rows[0]!;
  if (theirs) return;
  await client.query('BEGIN');
  for (const { sql } of (await client.query<{ sql: string }>(OF_OTHERS)).rows) await client.query(sql);
  await client.query(`ALTER DATABASE ${client.escapeIdentifier(name)} OWNER TO ${USER}`);
  await client.query('COMMIT');
}
