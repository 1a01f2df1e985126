import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { TaskRecord } from '../../events/task/task-record.js';
import { RowsDatabase } from '../database/rows-database.js';

/** So far a place in the line is counted; further behind it is not told. */
const FURTHEST = 1_000;

/** How full a workspace is, and who waits, all as of one moment. */
export interface RoomTaken {
  readonly liveTasks: number;
  readonly sessions: number;
  /** Of today (UTC), those of turns that are under way among them. */
  readonly agentMs: number;
  /** First come, first served; the first of them. */
  readonly waiting: readonly WaitingTask[];
}

/** How much a workspace has. */
export interface RoomNow {
  readonly liveTasks: number;
  readonly waitingTasks: number;
  readonly sessions: number;
  readonly promptsQueued: number;
  readonly agentMinutesToday: number;
}

export interface WaitingTask {
  readonly taskId: string;
  readonly sessions: number;
  /** Whether it is known already what it waits for. */
  readonly told: boolean;
}

/** Turns of prompts that are older are not looked for. */
const LONGEST_DAYS = 7;

/** The milliseconds that a workspace's agents have worked since midnight (UTC). @param workspace an expression of SQL of ours */
const agentMsOf = (workspace: '$1' | 'w.workspace_id') => `SELECT coalesce(sum(extract(epoch FROM
    coalesce(u.ended_at, now()) - greatest(u.started_at, date_trunc('day', now(), 'UTC')))), 0) * 1000
  FROM usage_turns u JOIN usage_sessions s USING (session_id)
  WHERE s.workspace_id = ${workspace} AND u.started_at IS NOT NULL AND u.queued_at > now() - interval '${LONGEST_DAYS} days'
    AND coalesce(u.ended_at, now()) > date_trunc('day', now(), 'UTC')
    AND (u.ended_at IS NOT NULL OR EXISTS (
      SELECT FROM tasks t WHERE t.workspace_id = ${workspace} AND t.room = 'has'
        AND t.state->'sessions' @> jsonb_build_array(jsonb_build_object('sessionId', s.session_id::text))))`;

const NOW = `count(*) FILTER (WHERE room = 'has') AS live, count(*) FILTER (WHERE room = 'waiting') AS waiting,
  coalesce(sum(open_sessions) FILTER (WHERE room = 'has'), 0) AS sessions, coalesce(sum(queued_prompts), 0) AS prompts`;

interface NowRow {
  readonly live: string;
  readonly waiting: string;
  readonly sessions: string;
  readonly prompts: string;
  readonly agent_ms: number;
}

const nowOf = ({ live, waiting, sessions, prompts, agent_ms: agentMs }: NowRow): RoomNow => ({
  liveTasks: Number(live),
  waitingTasks: Number(waiting),
  sessions: Number(sessions),
  promptsQueued: Number(prompts),
  agentMinutesToday: agentMs / 60_000,
});

/** How much room workspaces have, from the rows. */
@Injectable()
export class WorkspaceRoom {
  constructor(@Inject(RowsDatabase) private readonly database: RowsDatabase) {}

  /** Throws RowsUnavailableError. @param most of those that wait @param withMinutes whether `agentMs` is looked for, or 0 */
  taken(workspaceId: string, most: number, withMinutes: boolean): Promise<RoomTaken> {
    return this.database.read(async (manager) => {
      const [row] = await manager.query<
        {
          live: string;
          sessions: string;
          agent_ms: number;
          waiting: { taskId: string; sessions: number; told: boolean }[];
        }[]
      >(
        `SELECT count(*) AS live, coalesce(sum(open_sessions), 0) AS sessions, (${withMinutes ? agentMsOf('$1') : '0'})::float AS agent_ms,
           (SELECT coalesce(jsonb_agg(w ORDER BY w.queue_position), '[]') FROM (
              SELECT task_id AS "taskId", open_sessions AS sessions, queue_position,
                state->'queued'->>'for' IS NOT NULL AS told
              FROM tasks WHERE workspace_id = $1 AND room = 'waiting' ORDER BY queue_position LIMIT $2) w) AS waiting
         FROM tasks WHERE workspace_id = $1 AND room = 'has'`,
        [workspaceId, most],
      );
      const { live, sessions, agent_ms: agentMs, waiting } = row!;
      return { liveTasks: Number(live), sessions: Number(sessions), agentMs, waiting };
    });
  }

  /** How much the workspace has now. Throws RowsUnavailableError. */
  async now(workspaceId: string): Promise<RoomNow> {
    return this.database.read(async (manager) => {
      const [row] = await manager.query<NowRow[]>(
        `SELECT ${NOW}, (${agentMsOf('$1')})::float AS agent_ms
         FROM tasks WHERE workspace_id = $1 AND room IS NOT NULL`,
        [workspaceId],
      );
      return nowOf(row!);
    });
  }

  /** How much the workspaces with the most live tasks have, by id. Throws RowsUnavailableError. @param limitMs how long it may take */
  async fullest(most: number, limitMs: number): Promise<Map<string, RoomNow>> {
    const rows = await this.database.read(
      (manager) =>
        manager.query<(NowRow & { workspace_id: string })[]>(
          `SELECT w.*, (${agentMsOf('w.workspace_id')})::float AS agent_ms
           FROM (SELECT workspace_id, ${NOW} FROM tasks WHERE room IS NOT NULL
             GROUP BY workspace_id ORDER BY live DESC, waiting DESC, workspace_id LIMIT $1) w`,
          [most],
        ),
      limitMs,
    );
    return new Map(rows.map((row) => [row.workspace_id, nowOf(row)]));
  }

  /** The workspaces in which tasks wait. Throws RowsUnavailableError. */
  async withWaiting(): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager.query<{ workspace_id: string }[]>(
        `SELECT DISTINCT workspace_id FROM tasks WHERE room = 'waiting'`,
      ),
    );
    return rows.map((row) => row.workspace_id);
  }

  /** How many prompts wait for agents in the workspace. Throws RowsUnavailableError. */
  async queuedPrompts(workspaceId: string): Promise<number> {
    const rows = await this.database.read((manager) =>
      manager.query<{ queued: string }[]>(
        `SELECT coalesce(sum(queued_prompts), 0) AS queued FROM tasks WHERE workspace_id = $1 AND room IS NOT NULL`,
        [workspaceId],
      ),
    );
    return Number(rows[0]!.queued);
  }

  /** The records, those that wait with their place in the line; without it where that cannot be found out. */
  async placed(records: readonly TaskRecord[]): Promise<TaskRecord[]> {
    const waiting = records.filter(({ queue }) => queue !== null);
    if (waiting.length === 0) return [...records];
    const ids = waiting.map(({ taskId }) => taskId);
    const places = await this.database
      .read((manager) => placesOf(manager, ids))
      .catch(() => new Map<string, number>());
    return records.map((record) => withPlace(record, places.get(record.taskId)));
  }
}

async function placesOf(manager: EntityManager, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await manager.query<{ task_id: string; place: string }[]>(
    `SELECT t.task_id, (SELECT count(*) FROM (
        SELECT FROM tasks o WHERE o.workspace_id = t.workspace_id AND o.room = 'waiting'
          AND o.queue_position <= t.queue_position LIMIT $2) ahead) AS place
     FROM tasks t WHERE t.task_id = ANY($1) AND t.room = 'waiting'`,
    [ids, FURTHEST + 1],
  );
  return new Map(rows.map(({ task_id, place }) => [task_id, Number(place)]));
}

function withPlace(record: TaskRecord, place: number | undefined): TaskRecord {
  if (record.queue === null || place === undefined) return record;
  const told = place > FURTHEST ? `after more than ${FURTHEST} others` : `number ${place} in line`;
  return {
    ...record,
    statusMessage: `${record.statusMessage} (${told})`,
    queue: { ...record.queue, place: place > FURTHEST ? null : place },
  };
}
