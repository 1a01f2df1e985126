import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Client } from 'pg';
import { inTransaction } from '../../projections/database/in-transaction.js';
import { CliError } from '../exit-code.js';
import { BackupDamagedError } from './backup-manifest.js';

const ROWS_AT_A_TIME = 200;
const COLUMN = /^[a-z_]{1,63}$/;
const identifier = (name: string): string => `"${name}"`;

/**
 * Writes a table as compressed lines of JSON, as it is at one moment; an empty file where there is no such table.
 * Resolves with the number of rows.
 */
export async function dumpTable(db: Client, table: string, file: string): Promise<number> {
  let count = 0;
  async function* lines() {
    await db.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      const { rows: found } = await db.query<{ there: boolean }>(
        'SELECT to_regclass($1) IS NOT NULL AS there',
        [table],
      );
      if (!found[0]!.there) return;
      await db.query(
        `DECLARE dump NO SCROLL CURSOR FOR SELECT to_json(t)::text AS line FROM ${identifier(table)} t`,
      );
      for (;;) {
        const { rows } = await db.query<{ line: string }>(`FETCH ${ROWS_AT_A_TIME} FROM dump`);
        if (rows.length === 0) return;
        count += rows.length;
        yield rows.map(({ line }) => `${line}\n`).join('');
      }
    } finally {
      await db.query('ROLLBACK');
    }
  }
  const out = createWriteStream(file, { mode: 0o600, flush: true });
  await pipeline(Readable.from(lines()), createGzip(), out);
  return count;
}

/** Refuses a table that holds anything: what it holds would not be told from what comes. @throws CliError */
async function assertEmptyTable(db: Client, table: string): Promise<void> {
  const { rows } = await db.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM ${identifier(table)}) AS any`,
  );
  if (rows[0]!.any)
    throw new CliError('refused', `The database has rows in ${table} already. Restore into an empty one.`);
}

/**
 * Brings what `dumpTable` wrote into an empty table, all of it or nothing. Resolves with the number of rows.
 * @param isRepeated an earlier run may have done it: rows that are there stay
 */
export async function restoreTable(
  db: Client,
  table: string,
  file: string,
  { isRepeated }: { readonly isRepeated: boolean },
): Promise<number> {
  let rows: string[] = [];
  let count = 0;
  return inTransaction(db, async () => {
    if (!isRepeated) await assertEmptyTable(db, table);
    // Made where it is read: lines that come before anybody asks for them are lost, and the end of them as well.
    const input = createReadStream(file).pipe(createGunzip());
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      rows.push(line);
      if (rows.length === ROWS_AT_A_TIME) {
        await insert(db, table, rows);
        rows = [];
      }
      count++;
    }
    if (rows.length > 0) await insert(db, table, rows);
    return count;
  });
}

/** Columns that a later version has added get their defaults. */
async function insert(db: Client, table: string, lines: readonly string[]): Promise<void> {
  const columns = Object.keys(JSON.parse(lines[0]!) as object);
  if (columns.length === 0 || !columns.every((name) => COLUMN.test(name)))
    throw new BackupDamagedError(`The backup is damaged: ${table} has columns that cannot be.`);
  const list = columns.map(identifier).join(', ');
  await db.query(
    `INSERT INTO ${identifier(table)} (${list}) SELECT ${list} FROM json_populate_recordset(NULL::${identifier(table)}, $1::json) ON CONFLICT DO NOTHING`,
    [`[${lines.join(',')}]`],
  );
}
