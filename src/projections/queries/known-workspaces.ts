import { Inject, Injectable } from '@nestjs/common';
import { RowsDatabase } from '../database/rows-database.js';

/** A step from each to the next, in the index: as quick as there are workspaces, however many tasks they have. */
const NEXT_ONES = `WITH RECURSIVE found AS (
    (SELECT workspace_id FROM tasks WHERE workspace_id > $1 ORDER BY workspace_id LIMIT 1)
    UNION ALL
    SELECT (SELECT t.workspace_id FROM tasks t WHERE t.workspace_id > found.workspace_id ORDER BY t.workspace_id LIMIT 1)
    FROM found WHERE found.workspace_id IS NOT NULL)
  SELECT workspace_id FROM found WHERE workspace_id IS NOT NULL LIMIT $2`;

/** The workspaces that have tasks. */
@Injectable()
export class KnownWorkspaces {
  constructor(@Inject(RowsDatabase) private readonly database: RowsDatabase) {}

  /** Their ids in the order of the rows' collation. Throws RowsUnavailableError. @param after the last one of the page before, or '' */
  async page(after: string, limit: number): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager.query<{ workspace_id: string }[]>(NEXT_ONES, [after, limit]),
    );
    return rows.map((row) => row.workspace_id);
  }
}
