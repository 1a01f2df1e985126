import { storableJson } from '../database/storable.js';
import type { Merge, Projection, Row, RowChange, Table } from '../definitions/projection.js';

/** Row changes of many events, one row for each key: as if they had been written one after the other. */
export class RowBatch {
  private readonly tables = new Map<string, TableBatch>();

  constructor(projections: readonly Projection[]) {
    for (const projection of projections)
      for (const table of projection.tables) this.tables.set(table.name, new TableBatch(table));
  }

  add({ table, row }: RowChange): void {
    this.tables.get(table)!.add(row);
  }

  /** The rows of a table. */
  rowsOf({ name }: Table): readonly Row[] {
    return this.tables.get(name)!.rows;
  }

  /** The rows of a table that is not only added to, by their keys. */
  *keyedRowsOf({ name }: Table): Generator<readonly [key: string, row: Row]> {
    const { rows, places } = this.tables.get(name)!;
    for (const [key, place] of places) yield [key, rows[place]!];
  }

  /** The rows of each table as a JSON array, in the order of the projections' tables. */
  toJson(): string[] {
    return [...this.tables.values()].map(({ rows }) => storableJson(rows));
  }
}

class TableBatch {
  readonly rows: Row[] = [];
  /** Where in `rows` the row of a key is. */
  readonly places = new Map<string, number>();
  private readonly merges: readonly (readonly [column: string, merge: Merge])[];

  constructor(private readonly table: Table) {
    this.merges = Object.entries(table.columns).flatMap(([column, { merge }]) =>
      merge === undefined ? [] : [[column, merge] as const],
    );
  }

  add(row: Row): void {
    if (this.table.insertOnly) {
      this.rows.push(row);
      return;
    }
    const key = this.keyOf(row);
    const place = this.places.get(key);
    if (place === undefined) {
      this.places.set(key, this.rows.push(row) - 1);
      return;
    }
    this.rows[place] = this.merged(this.rows[place]!, row);
  }

  private keyOf(row: Row): string {
    const { key } = this.table;
    return key.length === 1 ? String(row[key[0]!]) : key.map((column) => String(row[column])).join('\n');
  }

  private merged(earlier: Row, later: Row): Row {
    if (this.merges.length === 0) return later;
    const result: Record<string, unknown> = { ...later };
    for (const [column, merge] of this.merges) result[column] = pick(merge, earlier[column], later[column]);
    return result;
  }
}

function pick(merge: Merge, earlier: unknown, later: unknown): unknown {
  if (merge === 'keep') return earlier;
  if (merge === 'unless-null') return later ?? earlier;
  return later;
}
