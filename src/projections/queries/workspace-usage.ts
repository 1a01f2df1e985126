import { Inject, Injectable } from '@nestjs/common';
import { RowsDatabase } from '../database/rows-database.js';

/** What a workspace has used in a day (UTC). Sums of what agents report are as they report it. */
export interface DayUsage {
  readonly day: string;
  readonly tasksCreated: number;
  readonly sessions: number;
  readonly prompts: number;
  /** Begun in the day. */
  readonly turns: number;
  /** Of turns that were begun in the day and have ended. */
  readonly agentSeconds: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** By currency. */
  readonly cost: Readonly<Record<string, number>>;
}

interface UsageRow {
  readonly day: string;
  readonly tasks: string;
  readonly sessions: string;
  readonly prompts: string;
  readonly turns: string;
  readonly seconds: number | null;
  readonly input: number | null;
  readonly output: number | null;
  readonly cost: Record<string, number> | null;
}

/** Days without anything are there as well, so that a page can draw them. */
const BY_DAY = `WITH days AS (
    SELECT d::date AS day, d AS begins, d + interval '1 day' AS ends
    FROM generate_series(date_trunc('day', now(), 'UTC') - ($2::int - 1) * interval '1 day', date_trunc('day', now(), 'UTC'), '1 day') d),
  turns AS (SELECT u.* FROM usage_turns u JOIN usage_sessions s USING (session_id)
    WHERE s.workspace_id = $1 AND u.queued_at > now() - ($2::int + 7) * interval '1 day'),
  costs AS (SELECT c.day, c.currency, c.cost - coalesce(lag(c.cost) OVER (PARTITION BY c.session_id, c.currency ORDER BY c.day), 0) AS cost
    FROM usage_costs c JOIN usage_sessions s USING (session_id) WHERE s.workspace_id = $1)
  SELECT to_char(days.begins AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
    (SELECT count(*) FROM usage_tasks t WHERE t.workspace_id = $1 AND t.created_at >= begins AND t.created_at < ends) AS tasks,
    (SELECT count(*) FROM usage_sessions s WHERE s.workspace_id = $1 AND s.opened_at >= begins AND s.opened_at < ends) AS sessions,
    (SELECT count(*) FROM turns WHERE queued_at >= begins AND queued_at < ends) AS prompts,
    t.turns, t.seconds, t.input, t.output,
    (SELECT jsonb_object_agg(currency, cost) FROM (SELECT currency, sum(greatest(cost, 0)) AS cost FROM costs
      WHERE costs.day = (begins AT TIME ZONE 'UTC')::date GROUP BY currency) c) AS cost
  FROM days, LATERAL (SELECT count(*) AS turns, sum(extract(epoch FROM ended_at - started_at))::float AS seconds,
      sum(input_tokens) AS input, sum(output_tokens) AS output
    FROM turns WHERE started_at >= begins AND started_at < ends) t
  ORDER BY days.begins DESC`;

/** What workspaces have used, counted from events. */
@Injectable()
export class WorkspaceUsage {
  constructor(@Inject(RowsDatabase) private readonly database: RowsDatabase) {}

  /** The last days, today first. Throws RowsUnavailableError. */
  async byDay(workspaceId: string, days: number): Promise<DayUsage[]> {
    const rows = await this.database.read((manager) =>
      manager.query<UsageRow[]>(BY_DAY, [workspaceId, days]),
    );
    return rows.map((row) => ({
      day: row.day,
      tasksCreated: Number(row.tasks),
      sessions: Number(row.sessions),
      prompts: Number(row.prompts),
      turns: Number(row.turns),
      agentSeconds: row.seconds ?? 0,
      inputTokens: row.input ?? 0,
      outputTokens: row.output ?? 0,
      cost: row.cost ?? {},
    }));
  }
}
