import type { QueryConfig, QueryResult, QueryResultRow } from 'pg';

/** What statements are run on: a connection, and one statement at a time. */
export interface Db {
  query<R extends QueryResultRow = QueryResultRow>(
    statement: string | QueryConfig,
    values?: unknown[],
  ): Promise<QueryResult<R>>;
}
