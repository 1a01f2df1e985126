import pg from 'pg';
import { keepPlannedPassword, plannedPassword, SUPERUSER, USER, type Passwords } from './cluster.js';
import { addressWith, isPostgresError, withClient } from './connection.js';
import type { DataDirectory } from './data-directory.js';

/** Exists only while a cluster of an earlier version is brought up to date: nobody can rename the role that they are. */
const HELPER = 'slipway_helper';
const WRONG_PASSWORD = '28P01';

/**
 * Makes sure that the superuser and the service's role are two. In clusters of earlier versions the service's role is the superuser
 * that initdb made: that one gets another name and password, and the service's name and password go to a role that may nothing.
 * A kill at any moment leaves what the next start goes on from. Must be called under the launcher lock.
 * @param url of the service @returns the superuser's password
 */
export async function ensureSuperuser(
  directory: DataDirectory,
  url: string,
  { user, superuser }: Passwords,
): Promise<string> {
  const password = superuser ?? (await plannedPassword(directory));
  const own = addressWith(url, { database: 'postgres', user: SUPERUSER, password });
  if (superuser === undefined && !(await isLetIn(own))) await part(url, user, password);
  await withClient(own, async (client) => {
    await client.query(`DROP ROLE IF EXISTS ${HELPER}`);
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [USER]);
    if (rowCount === 0) await client.query(roleOf(user));
  });
  if (superuser === undefined) await keepPlannedPassword(directory);
  return password;
}

/** The superuser gives its name and password away, in one transaction. */
async function part(url: string, user: string, password: string): Promise<void> {
  const maintenance = addressWith(url, { database: 'postgres' });
  await withClient(maintenance, async (client) => {
    await client.query(`DROP ROLE IF EXISTS ${HELPER}`);
    await client.query(`CREATE ROLE ${HELPER} SUPERUSER LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
  });
  await withClient(addressWith(maintenance, { user: HELPER, password }), (client) =>
    client.query(
      `BEGIN;
       ALTER ROLE ${USER} RENAME TO ${SUPERUSER};
       ALTER ROLE ${SUPERUSER} PASSWORD ${pg.escapeLiteral(password)};
       ${roleOf(user)};
       COMMIT`,
    ),
  );
}

const roleOf = (password: string) =>
  `CREATE ROLE ${USER} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS LOGIN PASSWORD ${pg.escapeLiteral(password)}`;

async function isLetIn(url: string): Promise<boolean> {
  try {
    return await withClient(url, () => Promise.resolve(true));
  } catch (error) {
    // Also where there is no such role.
    if (isPostgresError(error, WRONG_PASSWORD)) return false;
    throw error;
  }
}
