import type { Merge, Table } from '../definitions/projection.js';

/** Names are our own constants (never a caller's), checked all the same before they go into SQL. */
export function identifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) throw new Error(`Not a name for SQL: ${JSON.stringify(name)}`);
  return `"${name}"`;
}

const list = (names: readonly string[]): string => names.map(identifier).join(', ');

const indexName = (table: string, index: number): string => `${table}_i${index}`;

/** The statement that makes a table, under its own name or, for a rebuild, another; without its key if that is to come later. */
export function createTable(table: Table, name = table.name, { withKey = true } = {}): string {
  const columns = Object.entries(table.columns).map(
    ([column, { type, nullable }]) => `${identifier(column)} ${type}${nullable ? '' : ' NOT NULL'}`,
  );
  const parts = withKey ? [...columns, keyConstraint(table, name)] : columns;
  const storage = table.storage === undefined ? '' : ` WITH (${table.storage})`;
  return `CREATE TABLE ${identifier(name)} (${parts.join(', ')})${storage}`;
}

/** The statement that gives a table that was made without it its key. */
export const addKey = (table: Table, name: string): string =>
  `ALTER TABLE ${identifier(name)} ADD ${keyConstraint(table, name)}`;

const keyConstraint = ({ key }: Table, name: string): string =>
  `CONSTRAINT ${identifier(`${name}_pkey`)} PRIMARY KEY (${list(key)})`;

/** The statements that make the table's indexes. */
export function createIndexes(table: Table, name = table.name): string[] {
  return (table.indexes ?? []).map(
    (columns, index) =>
      `CREATE INDEX ${identifier(indexName(name, index))} ON ${identifier(name)} (${columns})`,
  );
}

/** The statements that give a table, its key and its indexes another name. */
export function renameTable(table: Table, from: string, to: string): string[] {
  return [
    `ALTER TABLE ${identifier(from)} RENAME TO ${identifier(to)}`,
    `ALTER INDEX IF EXISTS ${identifier(`${from}_pkey`)} RENAME TO ${identifier(`${to}_pkey`)}`,
    ...(table.indexes ?? []).map(
      (_, index) =>
        `ALTER INDEX IF EXISTS ${identifier(indexName(from, index))} RENAME TO ${identifier(indexName(to, index))}`,
    ),
  ];
}

/**
 * An upsert of rows given as one JSON array (the parameter) where the common table expression `mark` has a
 * row, that is, where the checkpoint has been moved by the same statement.
 */
export function upsertFromJson(table: Table, parameter: string, name = table.name): string {
  const columns = Object.keys(table.columns);
  const shape = Object.entries(table.columns).map(([column, { type }]) => `${identifier(column)} ${type}`);
  const assignments = Object.entries(table.columns).flatMap(([column, { merge = 'replace' }]) =>
    table.key.includes(column) ? [] : assignment(column, merge),
  );
  return `INSERT INTO ${identifier(name)} AS t (${list(columns)})
    SELECT ${columns.map((column) => `r.${identifier(column)}`).join(', ')}
    FROM mark, jsonb_to_recordset(${parameter}::jsonb) AS r(${shape.join(', ')})
    ON CONFLICT (${list(table.key)}) ${
      assignments.length === 0
        ? 'DO NOTHING'
        : `DO UPDATE SET ${assignments.join(', ')} WHERE t.position < excluded.position`
    }`;
}

/** Overwrites the rows of a table that are there by those with the same keys, given as one JSON array (the first parameter). */
export function updateFromJson(table: Table, name: string): string {
  const columns = Object.keys(table.columns);
  const shape = Object.entries(table.columns).map(([column, { type }]) => `${identifier(column)} ${type}`);
  const set = columns.map((column) => `${identifier(column)} = r.${identifier(column)}`);
  const same = table.key.map((column) => `t.${identifier(column)} = r.${identifier(column)}`);
  return `UPDATE ${identifier(name)} AS t SET ${set.join(', ')}
    FROM jsonb_to_recordset($1::jsonb) AS r(${shape.join(', ')}) WHERE ${same.join(' AND ')}`;
}

function assignment(column: string, merge: Merge): string[] {
  const name = identifier(column);
  if (merge === 'keep') return [];
  if (merge === 'unless-null') return [`${name} = COALESCE(excluded.${name}, t.${name})`];
  return [`${name} = excluded.${name}`];
}
