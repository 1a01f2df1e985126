/**
 * PostgreSQL's advisory locks by which all processes on one database agree who does something alone, or does it first. The numbers
 * mean nothing but "Slipway", and for what.
 */
export const ADVISORY_LOCKS = {
  schema: [51_170, 1],
  projector: [51_170, 2],
  rebuild: [51_170, 3],
  admissions: [51_170, 4],
  pullRequests: [51_170, 5],
  webhooks: [51_170, 6],
  credentialTables: [51_170, 13],
  accessTables: [51_170, 14],
} as const satisfies Record<string, readonly [number, number]>;

export type AdvisoryLock = (typeof ADVISORY_LOCKS)[keyof typeof ADVISORY_LOCKS];

/** What the statements are run on: the lock is the connection's, and ends with it. */
interface Connection {
  query(statement: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** Takes the lock where nobody has it; true where it is this connection's now. */
export async function tryLock(connection: Connection, lock: AdvisoryLock): Promise<boolean> {
  const { rows } = await connection.query('SELECT pg_try_advisory_lock($1, $2) AS locked', [...lock]);
  return (rows as { locked: boolean }[])[0]!.locked;
}
