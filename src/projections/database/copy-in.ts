import type { Connection, Submittable } from 'pg';
import type { Row, Table } from '../definitions/projection.js';
import { storableJson, storableText } from './storable.js';
import { identifier } from './table-sql.js';

/** The part of pg's connection that COPY needs; its types leave it out. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/**
 * `COPY … FROM STDIN` of rows that are in memory: takes PostgreSQL half the time of an INSERT. pg brings the
 * messages for it, and leaves the query that sends them to its users.
 */
export class CopyIn implements Submittable {
  readonly done: Promise<void>;
  private resolve!: () => void;
  private reject!: (error: Error) => void;
  private readonly statement: string;
  private readonly rows: Buffer;

  constructor(table: Table, name: string, rows: readonly Row[]) {
    const columns = Object.keys(table.columns);
    this.statement = `COPY ${identifier(name)} (${columns.map(identifier).join(', ')}) FROM STDIN`;
    let text = '';
    for (const row of rows) text += line(row, columns);
    this.rows = Buffer.from(text);
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Connection): void {
    connection.query(this.statement);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.rows);
    connection.endCopyFrom();
  }

  handleError(error: Error): void {
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve();
  }

  handleCommandComplete(): void {}
}

/** One row in COPY's text format. */
function line(row: Row, columns: readonly string[]): string {
  let text = field(row[columns[0]!]);
  for (let index = 1; index < columns.length; index++) text += '\t' + field(row[columns[index]!]);
  return text + '\n';
}

/** What COPY gives a meaning, and what text in PostgreSQL cannot be. */
const SPECIAL = /[\\\n\r\t\0\ud800-\udfff]/;

function field(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // Nearly everything is plain, and told so by one look.
  if (!SPECIAL.test(text)) return text;
  const kept = typeof value === 'object' ? storableJson(value) : storableText(text);
  return kept.replace(/[\\\n\r\t]/g, (char) => ESCAPED[char]!);
}

const ESCAPED: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
