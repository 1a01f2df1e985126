import type { SelectQueryBuilder } from 'typeorm';
import type { Activity } from '../../events/session/session-vocabulary.js';
import type { TaskStatus } from '../../events/task/vocabulary.js';
import type { TaskRow } from '../database/entities/task.row.js';
import { searchable } from '../../platform/searchable.js';

/** Which of a workspace's tasks: what is absent makes no difference. */
export interface TaskFilter {
  readonly workspaceId: string;
  /** One of these. */
  readonly status?: readonly TaskStatus[];
  /** One of these. */
  readonly activity?: readonly Activity[];
  /** Whether somebody is needed. */
  readonly needsYou?: boolean;
  readonly projectId?: string;
  /** Who was asked for when the task was created: one of these. */
  readonly agentType?: readonly string[];
  /** Created then or later; ISO 8601. */
  readonly createdFrom?: string;
  /** Created then or earlier; ISO 8601. */
  readonly createdUntil?: string;
  /** Text in the title, branch, repository, beginning of the prompt or id, in whatever case. */
  readonly q?: string;
}

/** In the rows it is within the fold, which is read for the workspace's tasks alone. */
export const AGENT_TYPE_OF_ROW = `t.state ->> 'agentType'`;

const FOUND =
  't.taskId IN (SELECT s.task_id FROM task_search s WHERE s.workspace_id = :workspaceId AND s.text LIKE :text)';

/** Narrows a query of task rows, called `t`, to those that the filter means. */
export function narrowTo(
  query: SelectQueryBuilder<TaskRow>,
  filter: TaskFilter,
): SelectQueryBuilder<TaskRow> {
  query.where('t.workspaceId = :workspaceId', filter);
  if (filter.projectId !== undefined) query.andWhere('t.projectId = :projectId', filter);
  if (filter.status !== undefined) query.andWhere('t.status IN (:...status)', filter);
  if (filter.activity !== undefined) query.andWhere('t.activity IN (:...activity)', filter);
  if (filter.needsYou !== undefined) query.andWhere('t.needsYou = :needsYou', filter);
  if (filter.agentType !== undefined) query.andWhere(`${AGENT_TYPE_OF_ROW} IN (:...agentType)`, filter);
  // As dates: PostgreSQL reads fewer years out of a text than ISO 8601 has.
  if (filter.createdFrom !== undefined)
    query.andWhere('t.createdAt >= :createdFrom', { createdFrom: new Date(filter.createdFrom) });
  if (filter.createdUntil !== undefined)
    query.andWhere('t.createdAt <= :createdUntil', { createdUntil: new Date(filter.createdUntil) });
  if (filter.q) {
    const text = `%${searchable(filter.q).replace(/[\\%_]/g, '\\$&')}%`;
    query.andWhere(FOUND, { text });
  }
  return query;
}
