import type { Db } from '../database/db.js';
import { identifier } from '../database/table-sql.js';
import type { Projection, Table } from '../definitions/projection.js';
import type { RebuildSessions } from './rebuild-sessions.js';
import { shadowName } from './shadow-statement.js';

/** A row that is not the same in the live table and in the one made anew. */
export interface Difference {
  readonly projection: string;
  readonly table: string;
  /** The row's key, by column. */
  readonly key: Readonly<Record<string, unknown>>;
  /** The task that the row belongs to, if it belongs to one. */
  readonly taskId: string | null;
  /** `missing`: the live table does not have it; `extra`: only the live table has it. */
  readonly kind: 'missing' | 'extra' | 'different';
  /** For `different`: each column that differs, live and made anew. */
  readonly columns: Readonly<Record<string, { live: unknown; rebuilt: unknown }>>;
}

export interface Comparison {
  /** Rows compared, of all tables. */
  readonly rows: number;
  readonly differenceCount: number;
  /** The first of them. */
  readonly differences: readonly Difference[];
}

const SHOWN = 200;

/** Compares every row of the projections' tables with its shadow. Both are to be seen at one position: see `rebuild.ts`. */
export async function compare(
  sessions: RebuildSessions,
  projections: readonly Projection[],
): Promise<Comparison> {
  const tables = projections.flatMap((projection) =>
    projection.tables.map((table) => ({ projection, table })),
  );
  const counts = await Promise.all(tables.map(({ table }) => countDifferences(sessions.of(table), table)));
  const differences: Difference[] = [];
  for (const [index, { projection, table }] of tables.entries()) {
    const left = SHOWN - differences.length;
    if (counts[index]!.different > 0 && left > 0)
      differences.push(...(await showDifferences(sessions.of(table), projection, table, left)));
  }
  return { rows: sum(counts, 'rows'), differenceCount: sum(counts, 'different'), differences };
}

interface Counts {
  readonly rows: number;
  readonly different: number;
}

const sum = (counts: readonly Counts[], what: keyof Counts): number =>
  counts.reduce((total, count) => total + count[what], 0);

function joined({ name, key }: Table): string {
  const using = key.map(identifier).join(', ');
  return `FROM ${identifier(name)} l FULL JOIN ${identifier(shadowName(name))} s USING (${using})`;
}

const DIFFERS = 'ROW(l.*) IS DISTINCT FROM ROW(s.*)';

async function countDifferences(db: Db, table: Table): Promise<Counts> {
  const { rows } = await db.query<Counts>(
    `SELECT count(*)::int AS rows, (count(*) FILTER (WHERE ${DIFFERS}))::int AS different ${joined(table)}`,
  );
  return rows[0]!;
}

type Fields = Record<string, unknown>;

async function showDifferences(
  db: Db,
  projection: Projection,
  table: Table,
  limit: number,
): Promise<Difference[]> {
  const { rows } = await db.query<{ live: Fields | null; rebuilt: Fields | null }>(
    `SELECT CASE WHEN l.position IS NOT NULL THEN to_jsonb(l) END AS live,
       CASE WHEN s.position IS NOT NULL THEN to_jsonb(s) END AS rebuilt
     ${joined(table)} WHERE ${DIFFERS} ORDER BY ${table.key.map(identifier).join(', ')} LIMIT ${limit}`,
  );
  return rows.map(({ live, rebuilt }) => {
    const row = (live ?? rebuilt)!;
    const taskId = typeof row.task_id === 'string' ? row.task_id : null;
    const key = Object.fromEntries(table.key.map((column) => [column, row[column]]));
    const kind = live === null ? 'missing' : rebuilt === null ? 'extra' : 'different';
    const columns = live === null || rebuilt === null ? {} : differingColumns(live, rebuilt);
    return { projection: projection.name, table: table.name, key, taskId, kind, columns };
  });
}

function differingColumns(live: Fields, rebuilt: Fields): Difference['columns'] {
  const differing = Object.keys(rebuilt).filter(
    // jsonb comes back with its keys in one order, so equal values are written equally.
    (column) => JSON.stringify(live[column]) !== JSON.stringify(rebuilt[column]),
  );
  return Object.fromEntries(
    differing.map((column) => [column, { live: live[column], rebuilt: rebuilt[column] }]),
  );
}
